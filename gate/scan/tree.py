"""The files of a tree that may hold a key: ripgrep looks for the few letters that every key must contain."""

import base64
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gate.errors import Incomplete

SHIPPED = ("dist", "build", "out", ".next", ".nuxt", ".output", ".svelte-kit", ".vercel", "public", "www", "_site")
NEVER = (".git", "node_modules", ".venv", "venv", ".nox", ".tox", "__pycache__", ".gate-env")


def aligned(word: str) -> tuple[str, ...]:
    """The three ways a word can look inside base64, by where it begins."""
    found = []
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + word.encode()).decode()
        begin, end = -(-8 * shift // 6), 8 * (shift + len(word)) // 6  # the characters that the word alone decides
        found.append(coded[begin:end])
    return tuple(found)


LITERALS = (
    *(form for role in ("service_role", "supabase_admin") for form in aligned(role)),
    "sb_secret_",
    "sbp_",
    "r8_",
    "whsec_",
    "postgres://",
    "postgresql://",
)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What ripgrep went through: the files that hold a literal, how many it searched, and what it could not read."""

    candidates: tuple[Path, ...]
    searched: int
    unreadable: tuple[str, ...]


def ripgrep() -> str:
    """The program of the ripgrep wheel, else one on the path."""
    beside = Path(sysconfig.get_path("scripts")) / ("rg.exe" if sys.platform == "win32" else "rg")
    found = str(beside) if beside.is_file() else shutil.which("rg")
    if not found:
        raise Incomplete("ripgrep is missing: pip install ripgrep==14.1.0")
    return found


def sweep(root: Path, exclude: tuple[str, ...], closing: Callable[[Callable[[], object]], None]) -> Sweep:
    """Search the tree: what git ignores is left out, but for build output, which ships."""
    ignored_too = [root / name for name in SHIPPED if (root / name).is_dir()]
    ignored_too += [path for path in _nested(root) if path not in ignored_too]
    candidates: set[Path] = set()
    searched = 0
    unreadable: set[str] = set()
    for where, options in ((root, ()), *((path, ("--no-ignore",)) for path in ignored_too)):
        files, number, problems = _search(where, options, exclude, closing)
        candidates |= files
        searched += number
        unreadable |= problems
    return Sweep(tuple(sorted(candidates)), searched, tuple(sorted(unreadable)))


def _nested(root: Path) -> list[Path]:
    """Build folders one and two levels down, as in a workspace of several packages."""
    found = [
        path
        for depth in ("*", "*/*")
        for path in root.glob(depth)
        if path.name in SHIPPED
        and path.is_dir()
        and not path.is_symlink()
        and not set(path.relative_to(root).parts) & set(NEVER)
    ]
    return [path for path in found if not any(other != path and path.is_relative_to(other) for other in found)]


def _search(
    where: Path, options: tuple[str, ...], exclude: tuple[str, ...], closing: Callable[[Callable[[], object]], None]
) -> tuple[set[Path], int, set[str]]:
    command = [
        ripgrep(),
        "--no-config",
        "--hidden",
        "--text",
        "--files-with-matches",
        "--null",
        "--fixed-strings",
        "--stats",
    ]
    command += ["--no-require-git", "--no-ignore-parent", *options]
    for name in NEVER:
        command += ["--glob", f"!**/{name}/**"]
    for pattern in exclude:
        command += ["--glob", f"!{pattern}"]
    for literal in LITERALS:
        command += ["--regexp", literal]
    process = subprocess.Popen(
        [*command, "--", str(where)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    closing(process.kill)
    out, err = process.communicate()
    if process.returncode not in {0, 1, 2}:
        raise Incomplete(f"ripgrep ended with {process.returncode}")
    *names, statistics = out.split(b"\0")
    words = statistics.decode(errors="replace").splitlines()
    searched = next((int(line.split()[0].replace(",", "")) for line in words if line.endswith("files searched")), 0)
    problems = {line for line in err.decode(errors="replace").splitlines() if line.strip()}
    return (
        {Path(name.lstrip(b"\n").decode(errors="surrogateescape")) for name in names if name.strip()},
        searched,
        problems,
    )
