"""The files of a tree that may hold a key: what is committed or ships is searched, what stays on a desk is not."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gate.git import in_repository
from gate.scan.exposure import NAMES
from gate.scan.ripgrep import Found, search
from gate.scan.signals import WORDS
from gate.scan.tracked import tracked_but_ignored

SHIPPED = frozenset({"dist", "build", "out", ".next", ".nuxt", ".output", "public", "www", "_site"})
SHIPPED_INSIDE = frozenset({".svelte-kit", ".vercel"})  # only what lies in their folder `output`
NEVER = frozenset({".git", "node_modules", ".venv", "venv", ".nox", ".tox", "__pycache__", ".gate-env"})
CACHES = ("**/.next/cache/**",)  # in the midst of what ships, and not shipped


@dataclass(frozen=True, slots=True)
class Sweep:
    """What was gone through: the files that hold a signal and where, how many were searched, and what could not be read and why."""

    candidates: Mapping[Path, tuple[int, ...]]
    searched: int
    unreadable: tuple[tuple[str, str], ...]


def sweep(root: Path, exclude: tuple[str, ...], closing: Callable[[Callable[[], object]], None]) -> Sweep:
    """Search the tree.

    What git ignores is left out, but for build output, which ships, and for what git tracks in spite of it.
    """
    shipped = tuple(sorted(_shipped(root)))
    never = (*(f"**/{name}/**" for name in sorted(NEVER)), *CACHES, *exclude)
    # The packages of a server build ship with it; on the desk they are somebody else's code.
    never_shipped = (*(f"**/{name}/**" for name in sorted(NEVER - {"node_modules"})), *CACHES, *exclude)
    # What this machine's owner ignores everywhere is no word of the project's.
    plain = ["--no-require-git", "--no-ignore-dot", "--no-ignore-global", "--no-ignore-exclude"]
    plain += [] if in_repository(root.parent) else ["--no-ignore-parent"]
    found = [
        search(root, ("./",), plain, (*never, *(f"/{_escaped(path)}/" for path in shipped)), (*WORDS, *NAMES), closing)
    ]
    if shipped:
        found.append(search(root, shipped, ["--no-ignore"], never_shipped, (*WORDS, *NAMES), closing))
    tracked = tracked_but_ignored(root)
    beside = tuple(path for path in tracked.paths if not path.startswith(tuple(f"{name}/" for name in shipped)))
    if beside:
        found.append(search(root, beside, ["--no-ignore"], never, (*WORDS, *NAMES), closing))
    return _joined(found, tracked.problem)


def sweep_artifact(artifact: Path, closing: Callable[[Callable[[], object]], None]) -> Sweep:
    """Search what ships: every file of a folder, or one file, whatever its name and whatever git ignores."""
    folder, where = (artifact, "./") if artifact.is_dir() else (artifact.parent, f"./{artifact.name}")
    return _joined([search(folder, (where,), ["--no-ignore"], (), (*WORDS, *NAMES), closing)], "")


def _joined(found: list[Found], problem: str) -> Sweep:
    candidates = {path: signals for part in found for path, signals in part.candidates.items()}
    unreadable = {item for part in found for item in part.unreadable} | ({(".git", problem)} if problem else set())
    return Sweep(dict(sorted(candidates.items())), sum(part.searched for part in found), tuple(sorted(unreadable)))


def _shipped(root: Path) -> Iterator[str]:
    """The folders of build output at any depth, relative to the root. Links are not followed."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue  # ripgrep meets it too, and says so
        inside = folder.rpartition("/")[2] in SHIPPED_INSIDE
        for name in names:
            path = f"{folder}/{name}" if folder else name
            if name in SHIPPED or (inside and name == "output"):
                yield path
            elif name not in NEVER:
                waiting.append(path)


def _escaped(path: str) -> str:
    """A path as a glob that means itself: Next.js names folders `[id]`."""
    return re.sub(r"([\\*?\[\]{}!])", r"\\\1", path)
