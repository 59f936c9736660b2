"""Asks git which files it tracks in spite of an ignore rule: a key committed before the rule was written is still there."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 60
# A repository may be hostile: its settings must start no program. One that belongs to another user is only read.
SAFE = ("-c", "core.fsmonitor=false", "-c", "safe.directory=*", "--no-optional-locks")


@dataclass(frozen=True, slots=True)
class Tracked:
    """Paths relative to the root, and why they could not be learnt, if so."""

    paths: tuple[str, ...] = ()
    problem: str = ""


def in_repository(folder: Path) -> bool:
    """Whether the folder or one above it holds a git repository."""
    return any((place / ".git").exists() for place in (folder, *folder.parents))


def tracked_but_ignored(root: Path) -> Tracked:
    """What git tracks below the root although an ignore rule names it."""
    if not in_repository(root):
        return Tracked()
    git = shutil.which("git")
    if git is None:
        return Tracked(problem="git is not installed, so it is not known which ignored files are committed")
    # The caller may be a git hook, which is told by variables which repository and index to use.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [git, *SAFE, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard"],
            cwd=root,
            env=surroundings,
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
