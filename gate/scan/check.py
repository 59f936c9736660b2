"""The scan: every file of the tree that may hold a key, and rules put to what it holds."""

import re
import subprocess
import tempfile
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from gate.check import Context
from gate.errors import Incomplete
from gate.finding import Span
from gate.git import in_repository, program, start
from gate.page import Example
from gate.scan.archives import kind_of, unpacked
from gate.scan.exposure import CODE, LARGEST, Exposure, exposures, read_keys
from gate.scan.history import Former, History, history
from gate.scan.kinds import Secret
from gate.scan.packed import secrets_in
from gate.scan.reading import read, read_open
from gate.scan.remembered import UNKNOWN, Clean, Memory, memory
from gate.scan.ripgrep import Closing
from gate.scan.signals import Signals
from gate.scan.tree import SHIPPED, Sweep, sweep, sweep_artifact, written_code
from gate.scan.unchanged import NONE, Unchanged, unchanged

FILE = re.compile(r"^// (\S+/\S+\.\w+)$", re.MULTILINE)
NAMES = {
    "env": ".env.production",
    "js": "app.js",
    "json": "config.json",
    "sql": "seed.sql",
    "yaml": "deploy.yaml",
    "html": "index.html",
    "ts": "route.ts",
    "tsx": "page.tsx",
    "next": "next.config.js",
    "vite": "vite.config.ts",
    "webpack": "webpack.config.js",
    "expo": "app.config.ts",
    "nuxt": "nuxt.config.ts",
    "angular": "environment.prod.ts",
}


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or an object of git, and the keys in it, which are named and not kept."""

    path: str
    secrets: tuple[Secret, ...] = ()
    former: tuple[Former, ...] = ()
    exposures: tuple[Exposure, ...] = ()

    @property
    def shipped(self) -> str:
        """Words for a file of a build, which visitors get."""
        ships = {*self.path.split("/")[:-1]} & SHIPPED
        return ", and it lies in a folder that ships" if ships else ""

    def place(self, secret: Secret) -> Span:
        """Where a key stands."""
        return Span(self.path, secret.line, secret.column)


@dataclass(frozen=True, slots=True)
class Scan:
    """The check `scan`."""

    name: str = "scan"
    summary: str = "finds a service-role key and its kin wherever they must not be"
    rules_package: str = "gate.scan.rules"
    artifact: Path | None = None  # a folder or file that is about to ship, to be looked at instead of the project

    def subjects(self, context: Context) -> Iterator[Artifact]:
        """Every file that holds a key, in archives too, and every key that only the history holds."""
        if self.artifact:
            context.progress("searching the artifact")
            context.record("artifact", self.artifact.name)
            yield from self._judged(context, sweep_artifact(self.artifact, context.closing), None)
            return
        config = context.config
        context.progress("searching the tree and the history")
        for pattern in config.scan_exclude:
            context.unjudged(pattern, "left out by scan_exclude")
        kept, clean, known = _known(config.root)
        with ThreadPoolExecutor(1) as beside:  # git reads on one core what ripgrep leaves to it
            past = beside.submit(copy_context().run, history, config.root, config.scan_exclude, context.closing, clean)
            found = sweep(config.root, config.scan_exclude, context.closing, known)
            yield from self._judged(context, found, past)
        if kept and past.result().clean != clean:
            kept.keep(past.result().clean)

    def _judged(self, context: Context, found: Sweep, beside: "Future[History] | None") -> Iterator[Artifact]:
        """What was found in the files, and then what only the history has."""
        context.examined(found.searched)
        context.record("files", found.searched)
        context.record("files_remembered", found.remembered)
        context.record("summary", f"{found.searched:,} files, {len(found.candidates)} looked at closely")
        unreadable = list(found.unreadable)
        present: set[bytes] = set()
        for artifact in self._present(context, found.candidates, unreadable):
            present.update(secret.mark for secret in artifact.secrets)
            yield artifact
        if self.artifact is None:
            yield from _imported(context.config.root, context.config.scan_exclude, context.closing, found.candidates)
        past = History()
        if beside and ".git" not in {what for what, _ in unreadable}:
            context.progress("searching the history")
            past = beside.result()
            _tell(context, past)
        yield from _gone(past, present)
        for what, why in unreadable:
            context.unjudged(what, why)
        if unreadable:
            files = "1 file" if len(unreadable) == 1 else f"{len(unreadable)} files"
            raise Incomplete(f"{files} could not be read: what is in there is unknown")
        if past.problem:
            raise Incomplete(past.problem)

    def _present(
        self, context: Context, candidates: Mapping[Path, Signals], unreadable: list[tuple[str, str]]
    ) -> Iterator[Artifact]:
        packed = []
        for number, (path, signals) in enumerate(candidates.items(), 1):
            if number % 200 == 0:
                context.progress(f"reading {number} of {len(candidates)} files")
            shown = self._shown(context, path)
            try:
                with path.open("rb") as file:
                    if kind_of(file, path.name):
                        packed.append((path, shown))
                        continue
                    secrets = tuple(read_open(file, signals))
                    exposed = _exposed(shown, file)
            except FileNotFoundError:
                continue  # gone since it was found, as a build's files come and go
            except OSError as fault:
                unreadable.append((shown, fault.strerror or type(fault).__name__))
                continue
            if secrets or exposed:
                yield Artifact(shown, secrets, exposures=exposed)
        if packed:
            context.progress(f"opening {len(packed)} archives")
            yield from self._packed(context, candidates, packed, unreadable)

    def _packed(
        self,
        context: Context,
        candidates: Mapping[Path, Signals],
        packed: Sequence[tuple[Path, str]],
        unreadable: list[tuple[str, str]],
    ) -> Iterator[Artifact]:
        with tempfile.TemporaryFile() as file:
            opened = unpacked(packed, cast("BinaryIO", file))
            context.examined(len(opened.members))
            context.record("archives", len(packed))
            for path, shown in packed:
                if shown in {what for what, _ in opened.closed}:
                    yield Artifact(shown, tuple(read(path, candidates[path])))  # its letters as they are, then
            for what, why in opened.closed:
                if self.artifact:
                    unreadable.append((what, f"not opened: {why}"))  # what ships must have been looked at
                else:
                    context.unjudged(what, f"not opened: {why}")
            for member, secrets in secrets_in(opened, context.closing):
                yield Artifact(member.name, secrets)

    def _shown(self, context: Context, path: Path) -> str:
        if self.artifact is None:
            return context.config.relative(path)
        return path.relative_to(self.artifact if self.artifact.is_dir() else self.artifact.parent).as_posix()

    def example(self, example: Example) -> Iterator[Artifact]:
        """A page's text as a file of its own; `{{service_role_jwt}}` and the like become fakes made now."""
        with tempfile.TemporaryDirectory() as folder:
            if example.language == "diff":
                yield from _gone(_changed(Path(folder), example.text), set())
                return
            _written(Path(folder), example)
            found = sweep(Path(folder), (), _nothing)
            for candidate, signals in found.candidates.items():
                with candidate.open("rb") as file:
                    yield Artifact(
                        candidate.name, tuple(read_open(file, signals)), exposures=_exposed(candidate.name, file)
                    )
            yield from _imported(Path(folder), (), _nothing, found.candidates)


def _nothing(_closer: object) -> None:
    """Nobody stops an example."""


def _written(folder: Path, example: Example) -> None:
    """An example's file, or its files where lines such as `// lib/a.ts` name them; each keeps the lines that it has on the page."""
    from gate.scan.fakes import filled

    text = filled(example.text)
    named = list(FILE.finditer(text))
    if not named:
        (folder / NAMES.get(example.language, "file.txt")).write_text(text, encoding="utf-8")
    ends = [*(one.start() for one in named), len(text)][1:]
    for met, end in zip(named, ends, strict=bool(named)):
        path = folder / met.group(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "\n" * (text.count("\n", 0, met.end()) + 1) + text[met.end() : end].lstrip("\n"), encoding="utf-8"
        )


def _exposed(shown: str, file: BinaryIO) -> tuple[Exposure, ...]:
    """What a file of ordinary size gives away by names."""
    file.seek(0)
    text = file.read(LARGEST + 1)
    return tuple(exposures(shown, text.decode(errors="replace"))) if len(text) <= LARGEST else ()


def _imported(
    root: Path, exclude: tuple[str, ...], closing: Closing, candidates: Collection[Path]
) -> Iterator[Artifact]:
    """What code gives away by its imports. Only files with a privileged name in them begin a chain."""
    readers = sorted(path.relative_to(root).as_posix() for path in candidates if path.suffix in CODE)
    if not readers:
        return
    from gate.scan.chains import chained
    from gate.scan.handlers import unasked
    from gate.scan.program import Program, Tree
    from gate.scan.resolve import Files

    tree = Tree(root)
    reads = {path: found for path in readers if (found := list(read_keys(tree.read(path))))}
    if reads:
        program = Program(Files(written_code(root, exclude, closing), tree.read))
        for path, exposure in (*chained(program, reads), *unasked(program, reads)):
            yield Artifact(path, exposures=(exposure,))


def _known(root: Path) -> tuple[Memory | None, Clean, Unchanged]:
    """Where what is clean is remembered, what is, and the files that are among it."""
    if not in_repository(root) or program() is None:
        return None, UNKNOWN, NONE
    try:
        kept = memory(root)
        clean = kept.recall() if kept else UNKNOWN
        return kept, clean, unchanged(root, clean.silent)
    except (Incomplete, OSError):  # then all of it is looked at, and whoever looks says what is wrong
        return None, UNKNOWN, NONE


def _tell(context: Context, past: History) -> None:
    context.record("objects", past.searched)
    context.record("objects_remembered", past.remembered)
    if past.searched:
        context.record("summary", f"{context.evidence['summary']}; {past.searched:,} objects of the history")
    for what, why in past.unjudged:
        context.unjudged(what, why)


def _gone(past: History, present: Container[bytes]) -> Iterator[Artifact]:
    """The keys of the past that no file of the tree holds any more, each where it came in first."""
    told: set[bytes] = set()
    for key in past.keys:
        if key.secret.mark not in present and key.secret.mark not in told:
            told.add(key.secret.mark)
            yield Artifact(key.path or key.commit, (), (key,))


def _changed(root: Path, text: str) -> History:
    """The history of a file whose lines with a minus were committed, and then taken out for those with a plus."""
    from gate.scan.fakes import filled

    lines = filled(text).splitlines()
    for number, gone in enumerate("+-"):
        kept = "\n".join("" if line.startswith(gone) else line[1:] for line in lines)
        (root / "app.env").write_text(kept, encoding="utf-8")
        who = (
            "-c",
            "user.name=n",
            "-c",
            "user.email=n@example.com",
            "-c",
            "commit.gpgSign=false",
            "-c",
            "core.hooksPath=/dev/null",
        )
        for step in ([("init", "-q")] if number == 0 else []) + [("add", "."), (*who, "commit", "-qm", "a change")]:
            start(root, *step, stdout=subprocess.DEVNULL).wait()
    return history(root, (), lambda _closer: None)


SCAN = Scan()
