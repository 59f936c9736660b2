"""A project as scanners meet it, made from a seed: a tree of about 200 MB, and a repository of 3,000 commits."""

import base64
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SEED = 20261125
COMMITS = 3_000
VOCABULARY = """
account amount array async await body bucket button cache callback channel check client color column config const content
context count create credit current cursor data date default delete email error event export fetch field filter flag
form format function group handler header height hidden hook image import index input insert item job key label
language layout length level limit line link list loader locale match menu message method model module name node
number object offset option order output page panel parent params path payload policy position prediction preview price profile
project promise prompt props query queue range reducer ref region render request reset response result return route row
schema scroll search select server service session signal size slot source stack state status store stream string style
supabase switch table target template text theme timeout title toggle token transform type undefined update upload user value
variable vector version view visible width window worker
"""
WORDS = VOCABULARY.split()
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Source:
    """Everything that is random, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.code = [self._code() for _ in range(4_000)]
        self.dense = [self._dense() for _ in range(3_000)]
        self.prose = [" ".join(self.random.choices(WORDS, k=self.random.randint(5, 16))) + "\n" for _ in range(2_000)]

    def _name(self) -> str:
        first, *rest = self.random.choices(WORDS, k=self.random.randint(1, 3))
        return first + "".join(word.title() for word in rest)

    def _code(self) -> str:
        a, b, c, d = (self._name() for _ in range(4))
        form = self.random.choice(
            (
                "const {a} = await {b}.{c}({{ {d}: true }})",
                "import {{ {a}, {b} }} from '@/lib/{c}/{d}'",
                "  if ({a}.{b} !== {c}) return {d}",
                "export function {a}({b}: {c}): {d} {{",
                "  <{a} className='{b} {c}' {d}={{{c}}} />",
                "  // {a} {b} {c} {d}",
                "}}",
                "",
                "  {a}: '{b}', {c}: {n},",
            )
        )
        return form.format(a=a, b=b, c=c, d=d, n=self.random.randint(0, 9999)) + "\n"

    def _dense(self) -> str:
        a, b = self._name(), self._name()
        x, y = self.random.choices(ALPHABET[26:52], k=2)
        return f"function {x}({y}){{return {y}.{a}?{x}({y}.{b},{self.random.randint(0, 99)}):void 0}}var {a}={y}({x});"

    def lines(self, pool: list[str], size: int) -> bytes:
        """So many bytes of one pool, or a little more."""
        found: list[str] = []
        count = 0
        while count < size:
            some = self.random.choices(pool, k=64)
            found += some
            count += sum(map(len, some))
        return "".join(found).encode()

    def anon(self) -> str:
        """A token that may be public, as every client of Supabase carries one."""
        claims = {"iss": "supabase", "ref": "".join(self.random.choices(ALPHABET[26:52], k=20)), "role": "anon"}
        parts = [
            json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims | {"exp": 2_079_999_999})
        ]
        parts.append(self.random.randbytes(32))
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    def integrity(self) -> str:
        """A line of a lock file."""
        digest = base64.b64encode(self.random.randbytes(64)).decode()
        name = f"{self.random.choice(WORDS)}-{self.random.choice(WORDS)}"
        return f'  "{name}": {{"version": "1.{self.random.randint(0, 99)}.0", "integrity": "sha512-{digest}"}},\n'


def _code_file(source: Source) -> bytes:
    return source.lines(source.code, source.random.randint(200, 9_000))


def _styles(source: Source) -> bytes:
    return b"".join(
        f".{a}-{b}{{{a}:{source.random.randint(0, 99)}px;color:#{source.random.randbytes(3).hex()}}}\n".encode()
        for a, b in zip(source.random.choices(WORDS, k=120), source.random.choices(WORDS, k=120), strict=True)
    )


def _settings(source: Source) -> bytes:
    address = "https://" + "".join(source.random.choices(ALPHABET[26:52], k=20)) + ".supabase.co"
    return f"SUPABASE_URL={address}\nSUPABASE_ANON_KEY={source.anon()}\nDEBUG=false\n".encode()


KINDS: tuple[tuple[int, str, Callable[[Source], bytes]], ...] = (
    (9_000, "src/{m}/{n}.ts", _code_file),
    (4_500, "src/{m}/{n}.tsx", _code_file),
    (1_200, "src/{m}/{n}.css", _styles),
    (1_500, "docs/{m}/{n}.md", lambda source: source.lines(source.prose, source.random.randint(500, 12_000))),
    (900, "assets/{n}.png", lambda source: b"\x89PNG\r\n\x1a\n" + source.random.randbytes(source.random.randint(3_000, 90_000))),
    (800, "locales/{m}/{n}.json", lambda source: json.dumps(dict(enumerate(source.random.choices(source.prose, k=80)))).encode()),
    (300, "supabase/migrations/2026{n:05}_{m}.sql", lambda source: source.lines(source.prose, 3_000)),
    (60, "apps/{m}/.env.{n}", _settings),
    (12, "apps/{m}/package-lock.{n}.json", lambda source: b"".join(source.integrity().encode() for _ in range(9_000))),
    (24, "dist/assets/{m}-{n}.js", lambda source: source.lines(source.dense, 2_200_000) + source.anon().encode()),
    (12, "dist/assets/{m}-{n}.js.map", lambda source: json.dumps({"sourcesContent": [source.lines(source.code, 1_900_000).decode()]}).encode()),
)  # fmt: skip


def tree(root: Path) -> Path:
    """About 18,300 files with 200 MB, none of which holds a key."""
    source = Source(SEED)
    for count, pattern, content in KINDS:
        for number in range(count):
            path = root / pattern.format(m=WORDS[number % 60], n=number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(source))
    return root


def repository(root: Path, commits: int = COMMITS) -> Path:
    """A repository of so many commits, each of which changes one to four files, and now and then a large one."""
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=root, stdin=subprocess.PIPE) as program:
        assert program.stdin
        for piece in _stream(Source(SEED + 1), commits):
            program.stdin.write(piece)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=root, check=True)
    return noted(root)


def noted(root: Path) -> Path:
    """The repository after git has noted the times of its files: it does not trust those of the second in which it wrote them."""
    time.sleep(2.1)
    subprocess.run(["git", "status", "-s"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    time.sleep(2.1)
    subprocess.run(["git", "update-index", "--really-refresh", "-q"], cwd=root, check=True)
    return root


def committed(root: Path) -> Path:
    """The folder as a repository of one commit."""
    who = ("-c", "user.name=n", "-c", "user.email=n@example.com")
    for words in (("init", "-q"), ("add", "-Af"), (*who, "commit", "-qm", "x")):
        subprocess.run(["git", *words], cwd=root, check=True)
    return noted(root)


def _stream(source: Source, commits: int) -> Iterator[bytes]:
    files: dict[str, list[bytes]] = {}
    for number in range(commits):
        message = source.random.choice(source.prose).encode()
        yield b"commit refs/heads/main\ncommitter n <n@example.com> %d +0000\n" % (1_700_000_000 + 600 * number)
        yield b"data %d\n%b" % (len(message), message)
        for _ in range(source.random.randint(1, 4)):
            large = source.random.random() < 0.012
            name = (
                f"dist/{source.random.choice(WORDS)}.js"
                if large
                else f"src/{source.random.choice(WORDS)}/{source.random.randint(0, 30)}.ts"
            )
            pool = source.dense if large else source.code
            if name not in files:
                files[name] = source.lines(pool, 500_000 if large else source.random.randint(1_000, 30_000)).splitlines(
                    keepends=True
                )
            for _ in range(8):  # an edit
                files[name][source.random.randrange(len(files[name]))] = source.random.choice(pool).encode()
            content = b"".join(files[name])
            yield b"M 100644 inline %b\ndata %d\n%b\n" % (name.encode(), len(content), content)


if __name__ == "__main__":  # in a process of its own: what it takes must not count for others
    {"tree": tree, "repository": repository, "committed": committed}[sys.argv[1]](Path(sys.argv[2]))
