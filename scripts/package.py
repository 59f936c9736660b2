"""Build what is released and try it where this tree is not: `nox -s package`, which leaves the files in dist/.

Everything is built twice, in folders of different names and at different times, and must come out the same to the byte: so
anybody can build a release again and see that it was made of these files.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
DEMO = ("demo", "pyproject.toml")  # what the demo app needs where it is judged: itself and its configuration


class Wrong(Exception):  # noqa: N818 - an answer
    """What must not be released, in one line."""


def run(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, code: int = 0) -> str:
    """What a program says, which must end with `code`."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode != code:
        words = " ".join(str(word) for word in command)
        raise Wrong(f"{words}: ended with {done.returncode}, not {code}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def files() -> list[str]:
    """The files of this tree as git knows them, new ones too."""
    return run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")[:-1]


def copy(target: Path, names: Sequence[str]) -> Path:
    """Those files somewhere else, with another time and other rights than they have here."""
    for name in names:
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
            (target / name).chmod(0o755 if os.access(ROOT / name, os.X_OK) else 0o600)
    return target


def epoch() -> str:
    """The time that stands in the files: the one that is asked for, else that of the last commit."""
    return os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()


def build(tree: Path, target: Path, *kinds: str) -> dict[str, bytes]:
    """Build a tree's wheel and sdist, and give them by their names."""
    words = [word for kind in kinds for word in ("-t", kind)]
    surroundings = os.environ | {"SOURCE_DATE_EPOCH": epoch()}
    run(sys.executable, "-m", "hatchling", "build", "-d", target, *words, cwd=tree, env=surroundings)
    return {path.name: path.read_bytes() for path in sorted(target.iterdir())}


def built(work: Path) -> dict[str, bytes]:
    """Wheel and sdist, made twice. Raises Wrong when they differ, or when the sdist makes another wheel."""
    names = files()
    first = build(copy(work / "one", names), work / "made", "wheel", "sdist")
    time.sleep(1.1)  # a time that slipped in would be another second's
    second = build(copy(work / "somewhere/else entirely", names), work / "made again", "wheel", "sdist")
    _same(first, second, "built twice")
    (sdist,) = (work / "made").glob("*.tar.gz")
    shutil.unpack_archive(sdist, work / "unpacked", filter="data")
    (unpacked,) = (work / "unpacked").iterdir()
    from_sdist = build(unpacked, work / "made of the sdist", "wheel")
    _same({name: text for name, text in first.items() if name.endswith(".whl")}, from_sdist, "made of the sdist")
    return first


def _same(one: Mapping[str, bytes], other: Mapping[str, bytes], how: str) -> None:
    different = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    if different:
        raise Wrong(f"{how}, {', '.join(different)} is another file")


def whole(wheel: Path) -> Path:
    """The wheel, if it holds every file of the package, those that are no code too. Raises Wrong where it lacks one."""
    with zipfile.ZipFile(wheel) as held:
        missing = sorted({name for name in files() if name.startswith("gate/")} - set(held.namelist()))
    if missing:
        raise Wrong(f"the wheel lacks {', '.join(missing)}")
    return wheel


def installed(wheel: Path, place: Path) -> Path:
    """The wheel in a fresh environment without anything else; the folder of its programs."""
    run(sys.executable, "-m", "venv", "--without-pip", place)
    pip(place, "--find-links", str(wheel.parent), f"supagate=={VERSION}")
    return place / "bin"


def pip(place: Path, *words: str) -> None:
    """Install into an environment that has no pip of its own."""
    quiet = ("-q", "--disable-pip-version-check", "--no-compile")
    run(sys.executable, "-m", "pip", "--python", place / "bin/python", "install", *quiet, *words)


def bill(place: Path) -> bytes:
    """The bill of materials (CycloneDX) of an environment: the release, and every distribution that came with it."""
    program = Path(sys.executable).with_name("cyclonedx-py")
    words = ("environment", "--output-reproducible", "--pyproject", ROOT / "pyproject.toml", place / "bin/python")
    text = run(program, *words, env=os.environ | {"SOURCE_DATE_EPOCH": epoch()})
    if str(place) in text or str(ROOT) in text:
        raise Wrong("the bill of materials names a folder of this machine")
    return text.encode()


def tried(programs: Path, work: Path) -> None:
    """Judge the demo app and its leaky twin, from a folder where this tree is not."""
    gate, python = programs / "gate", programs / "python"
    away = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    away |= {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "XDG_CACHE_HOME": str(work / "cache")}
    app = copy(work / "app", [name for name in files() if name.startswith(DEMO)])
    if f"gate {VERSION}" not in run(gate, "--version", cwd=work, env=away):
        raise Wrong("gate --version says another version")
    run(gate, "doctor", "--root", app, cwd=work, env=away)
    run(gate, "explain", "rls-disabled", cwd=work, env=away)
    run(gate, "run", "--report", "html:gate.html", "--report", "json:gate.json", cwd=app, env=away)
    run(python, "-m", "demo.leaky", work / "leaky", cwd=app, env=away)
    run(gate, "audit", "--root", work / "leaky", cwd=work, env=away, code=1)
    print("gate run: GO for the demo app, gate audit: NO-GO for its leaky twin")


def size(place: Path) -> str:
    """How large an environment is, and what makes it so."""
    (packages,) = place.glob("lib/python*/site-packages")
    sizes = {
        one.name: sum(f.stat().st_size for f in [one, *one.rglob("*")] if f.is_file()) for one in packages.iterdir()
    }
    largest = sorted(sizes, key=lambda name: -sizes[name])[:6]
    told = ", ".join(f"{name} {sizes[name] / 1e6:.0f}" for name in largest)
    return f"{sum(sizes.values()) / 1e6:.0f} MB in {len(list(packages.glob('*.dist-info')))} distributions: {told}"


def main() -> int:
    """Build, compare, install, bill, try; 1 for what must not be released."""
    with tempfile.TemporaryDirectory(prefix="package-") as folder:
        work = Path(folder).resolve()
        try:
            made = built(work)
            wheel = whole(next((work / "made").glob("*.whl")))
            programs = installed(wheel, work / "fresh")
            print(f"installed: {size(work / 'fresh')}")
            made[f"supagate-{VERSION}.cdx.json"] = found = bill(work / "fresh")
            _same({"bom": found}, {"bom": bill(work / "fresh")}, "billed twice")
            print(f"bill of materials: {len(json.loads(found)['components'])} components")
            pip(work / "fresh", "fastapi", "uvicorn")
            tried(programs, work)
        except Wrong as reason:
            print(f"package: {reason}", file=sys.stderr)
            return 1
        DIST.mkdir(exist_ok=True)
        for name, text in made.items():
            (DIST / name).write_bytes(text)
            print(f"{hashlib.sha256(text).hexdigest()}  dist/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
