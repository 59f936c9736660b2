"""Starts git safely, and asks which files it tracks in spite of an ignore rule: a key committed before it is still there."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT = 60
# A repository may be hostile: its settings must start no program. One that belongs to another user is only read.
SAFE = ("-c", "core.fsmonitor=false", "-c", "safe.directory=*", "-c", "protocol.allow=never", "--no-optional-locks")


@dataclass(frozen=True, slots=True)
class Tracked:
    """Paths relative to the root, and why they could not be learnt, if so."""

    paths: tuple[str, ...] = ()
    problem: str = ""


def in_repository(folder: Path) -> bool:
    """Whether the folder or one above it holds a git repository."""
    return any((place / ".git").exists() for place in (folder, *folder.parents))


def program() -> str | None:
    """Where git is, if it is installed."""
    return shutil.which("git")


def surroundings() -> dict[str, str]:
    """The environment of git: the caller may be a hook, which is told by variables which repository and index to use."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1"}


def start(root: Path, *arguments: str, stdin: Any = subprocess.DEVNULL, stdout: int) -> "subprocess.Popen[bytes]":  # noqa: ANN401 - as Popen takes it
    """Start git in the root's folder. What it complains of is not shown: it may quote what it read."""
    git = program()
    assert git
    return subprocess.Popen(
        [git, *SAFE, *arguments], cwd=root, env=surroundings(), stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL
    )


def tracked_but_ignored(root: Path) -> Tracked:
    """What git tracks below the root although an ignore rule names it."""
    if not in_repository(root):
        return Tracked()
    git = program()
    if git is None:
        return Tracked(problem="git is not installed, so it is not known which ignored files are committed")
    try:
        done = subprocess.run(
            [git, *SAFE, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard"],
            cwd=root,
            env=surroundings(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Tracked(problem="git did not say in time which ignored files are committed")
    if done.returncode:
        return Tracked(problem=f"git cannot say which ignored files are committed (it ended with {done.returncode})")
    names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    return Tracked(tuple(name for name in names if (root / name).is_file() and not (root / name).is_symlink()))
