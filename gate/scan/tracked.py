"""Asks git which files it tracks in spite of an ignore rule: a key committed before it is still there."""

import os
from dataclasses import dataclass
from pathlib import Path

from gate.errors import Incomplete
from gate.git import ask, in_repository


@dataclass(frozen=True, slots=True)
class Tracked:
    """Paths relative to the root, and why they could not be learnt, if so."""

    paths: tuple[str, ...] = ()
    problem: str = ""


def tracked_but_ignored(root: Path) -> Tracked:
    """What git tracks below the root although an ignore rule names it."""
    if not in_repository(root):
        return Tracked()
    try:
        listed = ask(root, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard")
    except Incomplete as problem:
        return Tracked(problem=f"{problem}, so it is not known which ignored files are committed")
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    return Tracked(tuple(name for name in names if (root / name).is_file() and not (root / name).is_symlink()))
