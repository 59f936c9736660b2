"""What was judged: the commit, its trees, whether the files are those of the commit, by which configuration, and when."""

import hashlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gate.config import Config
from gate.errors import Incomplete
from gate.git import ask, in_repository, without_filters

SHOWN = 3  # files named where many differ from the commit
SLACK = 30.0  # seconds by which a clock may be put right meanwhile


@dataclass(frozen=True, slots=True)
class Source:
    """The judged project at one moment.

    `time` is UTC, to the second. `commit`, `tree` and `migrations` are git's object names, None where there are none.
    `modified` says which files of the commit are not as committed, `untracked` which belong to no commit, as far as `SHOWN`.
    `state` stands for all that are modified and what is in them, and `config` is the digest of the configuration in force, both SHA-256 in hex.
    """

    time: str
    config: str
    commit: str | None = None
    tree: str | None = None
    migrations: str | None = None
    modified: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    state: str = ""

    @property
    def dirty(self) -> bool:
        """Whether the judged files are others than those of the commit."""
        return bool(self.modified or self.untracked)

    def same(self, other: "Source") -> bool:
        """Whether nothing that decides has changed between two moments. What is written beside the commit does not count."""
        return (self.commit, self.state, self.config) == (other.commit, other.state, other.config)


def ahead() -> float:
    """Seconds by which the wall clock is ahead of one that nobody can set; where there is a choice, both go on in sleep."""
    if sys.platform == "win32":
        return time.time() - time.monotonic()
    if sys.platform == "linux":
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)


def read_source(config: Config, *, untracked: bool = False) -> Source:
    """Look at the project now. Without a repository, or before its first commit, only the configuration is known.

    `untracked` asks for files that belong to no commit as well, which takes longest where there are many folders. Raises Incomplete
    where there is a commit, and git cannot say whether the files are its own.
    """
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    bare = Source(now, config.digest())
    if not in_repository(config.root):
        return bare
    try:
        commit, tree = ask(config.root, "rev-parse", "HEAD", "HEAD^{tree}").decode().split()
    except Incomplete:
        return bare
    others = f"--untracked-files={'normal' if untracked else 'no'}"
    # A submodule is a repository of its own: what is changed in it is not looked at, for its settings could name programs.
    quiet = ("--no-renames", "--ignore-submodules=dirty")
    safely = without_filters(config.root)
    changes = ask(config.root, "status", "--porcelain=v1", "-z", *quiet, others, ":/", variables=safely)
    listed = [(entry[:2], os.fsdecode(entry[3:])) for entry in changes.split(b"\0") if entry]
    modified = [path for mark, path in listed if mark != b"??"]
    strangers = [path for mark, path in listed if mark == b"??"]
    return Source(
        now,
        config.digest(),
        commit,
        tree,
        _migrations(config),
        tuple(modified[:SHOWN]),
        tuple(strangers[:SHOWN]),
        _state(config.root, modified),
    )


def _state(root: Path, modified: Sequence[str]) -> str:
    """The names and contents of the files that are not as committed, as one digest."""
    if not modified:
        return hashlib.sha256().hexdigest()
    top = Path(os.fsdecode(ask(root, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    told = hashlib.sha256()
    for name in modified:
        path = top / name
        told.update(os.fsencode(name) + b"\0")
        try:
            if path.is_symlink():
                told.update(os.fsencode(path.readlink()))
            elif path.is_file():  # not a pipe, which would be waited for, nor another repository in this one
                with path.open("rb") as file:
                    told.update(hashlib.file_digest(file, "sha256").digest())
        except OSError:  # not for us to read, so not for the checks either
            told.update(b"-")
    return told.hexdigest()


def _migrations(config: Config) -> str | None:
    """Git's name of the migrations folder in the commit."""
    try:
        return ask(config.root, "rev-parse", "--verify", f"HEAD:./{config.supabase}/migrations").decode().strip()
    except Incomplete:
        return None
