"""The files of a tree that may hold a key: what is committed or ships is searched, what stays on a desk is not."""

import os
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.git import in_repository
from gate.scan.archives import UNMARKED
from gate.scan.exposure import CODE, NAMES
from gate.scan.globs import matcher
from gate.scan.large import search_large
from gate.scan.ripgrep import LARGE, Closing, Found, listed, search
from gate.scan.signals import WORDS, Signals
from gate.scan.tracked import tracked_but_ignored
from gate.scan.unchanged import NONE, Unchanged

SHIPPED = frozenset({"dist", "build", "out", ".next", ".nuxt", ".output", "public", "www", "_site"})
SHIPPED_INSIDE = frozenset({".svelte-kit", ".vercel"})  # only what lies in their folder `output`
NEVER = frozenset({".git", "node_modules", ".venv", "venv", ".nox", ".tox", "__pycache__", ".gate-env"})
CACHES = ("**/.next/cache/**",)  # in the midst of what ships, and not shipped


@dataclass(frozen=True, slots=True)
class Sweep:
    """What was gone through: the files that hold a signal and where, how many were searched, and what could not be read and why."""

    candidates: Mapping[Path, Signals]
    searched: int
    unreadable: tuple[tuple[str, str], ...]
    remembered: int  # of those that were searched


def excluded(exclude: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path that is in no tree would be left out of one."""
    return matcher((*(f"**/{name}/**" for name in sorted(NEVER)), *CACHES, *exclude))


def sweep(root: Path, exclude: tuple[str, ...], closing: Closing, known: Unchanged = NONE) -> Sweep:
    """Search the tree.

    What git ignores is left out, but for build output, which ships, and for what git tracks in spite of it. Files that are `known`
    to hold nothing are counted, and not read again.
    """
    shipped, large, recent = _walked(root, known.noted)
    known_now = known.paths.difference(recent)
    never = (*(f"**/{name}/**" for name in sorted(NEVER)), *CACHES, *exclude)
    # The packages of a server build ship with it; on the desk they are somebody else's code.
    never_shipped = (*(f"**/{name}/**" for name in sorted(NEVER - {"node_modules"})), *CACHES, *exclude)
    plain = _as_git_ignores(root)
    tracked = tracked_but_ignored(root)
    beside = tuple(path for path in tracked.paths if not path.startswith(tuple(f"{name}/" for name in shipped)))
    parts = (
        (("./",), plain, (*never, *(f"/{_escaped(path)}/" for path in shipped))),
        (shipped, ["--no-ignore"], never_shipped),
        (beside, ["--no-ignore"], never),
    )
    found = [_searched(root, part, large, closing, known_now) for part in parts if part[0]]
    return _joined(found, tracked.problem)


def written_code(root: Path, exclude: tuple[str, ...], closing: Closing) -> frozenset[str]:
    """The paths of the modules that people write, and of the settings that say how they hang together."""
    never = (*(f"**/{name}/**" for name in sorted(NEVER)), *CACHES, *exclude)
    names, _ = listed(root, ("./",), _as_git_ignores(root), never, closing)
    paths = (os.fsdecode(name).removeprefix("./") for name in names)
    return frozenset(path for path in paths if path.endswith((*CODE, ".json", "index.html")))


def _as_git_ignores(root: Path) -> list[str]:
    """Options of ripgrep. What this machine's owner ignores everywhere is no word of the project's."""
    plain = ["--no-require-git", "--no-ignore-dot", "--no-ignore-global", "--no-ignore-exclude"]
    return plain + ([] if in_repository(root.parent) else ["--no-ignore-parent"])


def sweep_artifact(artifact: Path, closing: Closing) -> Sweep:
    """Search what ships: every file of a folder, or one file, whatever its name and whatever git ignores."""
    folder, where = (artifact, "./") if artifact.is_dir() else (artifact.parent, f"./{artifact.name}")
    if artifact.is_dir():
        large = _walked(artifact, everything=True)[1]
    else:
        alone = artifact.stat().st_size > LARGE or artifact.name.endswith(tuple(UNMARKED))
        large = (artifact.name,) if alone else ()
    return _joined([_searched(folder, ((where,), ["--no-ignore"], ()), large, closing)], "")


Part = tuple[Sequence[str], Sequence[str], Sequence[str]]  # where, options, exclude


def _searched(
    root: Path, part: Part, large: Sequence[str], closing: Closing, known: frozenset[str] = frozenset()
) -> Found:
    """What ripgrep finds in a part of the tree, and what is in its large files, which ripgrep leaves out."""
    where, options, exclude = part
    named = {path.removeprefix("./") for path in where}.intersection(large)
    names, unlisted = listed(root, *part, closing) if large or known else (set(), set())
    listing = named.union(os.fsdecode(name).removeprefix("./") for name in names)
    skipped = listing & known
    if skipped:
        where = [f"./{name}" for name in sorted(listing - known)]
        named = set(large)
    found = search(root, [path for path in where if path.removeprefix("./") not in named], options, exclude, closing)
    candidates, unreadable = dict(found.candidates), set(found.unreadable) | unlisted
    here = [name for name in large if name in listing and name not in known]
    for name in here:
        signals = Signals()
        if name.endswith(tuple(UNMARKED)):
            candidates[root / name] = signals
        try:
            with (root / name).open("rb") as file:
                for offset, word in search_large(file, closing, (*WORDS, *NAMES)):
                    candidates[root / name] = signals
                    signals.add(offset, word)
        except FileNotFoundError:
            continue
        except OSError as fault:
            unreadable.add((name, fault.strerror or type(fault).__name__))
    return Found(candidates, found.searched + len(here) + len(skipped), frozenset(unreadable), len(skipped))


def _joined(found: list[Found], problem: str) -> Sweep:
    candidates = {path: signals for part in found for path, signals in part.candidates.items()}
    unreadable = {item for part in found for item in part.unreadable} | ({(".git", problem)} if problem else set())
    return Sweep(
        dict(sorted(candidates.items())),
        sum(part.searched for part in found),
        tuple(sorted(unreadable)),
        sum(part.remembered for part in found),
    )


def _walked(
    root: Path, noted: float = float("inf"), *, everything: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]:
    """The folders of build output at any depth, the files that are large or can be told by their names alone, and those that changed later than `noted`.

    Links are not followed.
    """
    shipped: list[str] = []
    large: list[str] = []
    recent: list[str] = []
    waiting = [("", everything)]
    while waiting:
        folder, ships = waiting.pop()
        prefix = f"{folder}/" if folder else ""
        try:
            with os.scandir(root / folder) as entries:
                folders = []
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                        continue
                    about = entry.stat(follow_symlinks=False)
                    unmarked = entry.name.endswith(tuple(UNMARKED))  # no search can tell them by what they are
                    if (unmarked or about.st_size > LARGE) and stat.S_ISREG(about.st_mode):
                        large.append(prefix + entry.name)
                    if about.st_ctime > noted:
                        recent.append(prefix + entry.name)
        except OSError:
            continue  # ripgrep meets it too, and says so
        inside = folder.rpartition("/")[2] in SHIPPED_INSIDE
        for name in folders:
            ships_now = name in SHIPPED or (inside and name == "output")
            if ships_now and not ships:
                shipped.append(prefix + name)
            if ships or ships_now or name not in NEVER:
                waiting.append((prefix + name, ships or ships_now))
    return tuple(sorted(shipped)), tuple(large), frozenset(recent)


def _escaped(path: str) -> str:
    """A path as a glob that means itself: Next.js names folders `[id]`."""
    return re.sub(r"([\\*?\[\]{}!])", r"\\\1", path)
