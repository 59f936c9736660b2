"""What is new in a repository: staged for a commit, or in commits that others do not have yet."""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE

from gate.errors import Incomplete, UsageError
from gate.git import ask, in_repository, program, start
from gate.scan.objects import Listing, ended, said, stored
from gate.scan.ripgrep import Closing

SUBMODULE = b"160000"
PUSHED = "-"  # the revision that stands for what git tells a hook


@dataclass(frozen=True, slots=True)
class New:
    """New objects, the paths below the root at which they stand now, and the commits that brought them, as git takes them."""

    listing: Listing
    paths: Mapping[bytes, Sequence[str]]
    commits: Sequence[str] = ()
    submodules: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Staged:
    """What the next commit would change: the index, and not the files as they are."""

    words: str = "what is staged"

    def find(self, root: Path, closing: Closing) -> New:
        """The blobs of the index that the last commit does not have at the same path."""
        compare = ("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--relative", "--diff-filter=ACMT")
        quiet = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")
        process = start(root, *compare, *quiet, stdout=PIPE, variables=_index(root))
        closing(process.kill)
        words = process.communicate()[0].split(b"\0")
        ended(process)
        paths: dict[bytes, list[str]] = {}
        submodules = []
        for change, path in zip(words[::2], words[1::2], strict=False):
            _, mode, _, name, _ = change.split()
            if mode == SUBMODULE:
                submodules.append(os.fsdecode(path))
            else:
                paths.setdefault(name, []).append(os.fsdecode(path))
        with tempfile.TemporaryFile() as names:
            names.write(b"".join(name + b"\n" for name in paths))
            names.seek(0)
            listing = stored(root, closing, names)
        return New(listing, paths, submodules=submodules)


@dataclass(frozen=True, slots=True)
class Commits:
    """The commits that lead to `tips` and not to what is `known` already."""

    words: str
    tips: Sequence[str]
    known: Sequence[str]

    def find(self, root: Path, closing: Closing) -> New:
        """The objects that those commits brought, and where they stand in the newest of them."""
        if not self.tips:
            return New(Listing(), {})
        commits = [*self.tips, "--not", *self.known]
        wanted = start(root, "rev-list", "--objects", "--missing=print", *commits, stdout=PIPE)
        closing(wanted.kill)
        assert wanted.stdout
        listing = stored(root, closing, wanted.stdout)
        ended(wanted)
        paths: dict[bytes, list[str]] = {}
        for tip in self.tips:
            for entry in said(root, closing, "ls-tree", "-r", "-z", tip).split(b"\0"):
                about, _, path = entry.partition(b"\t")
                if path and os.fsdecode(path) not in paths.setdefault(about.split()[2], []):
                    paths[about.split()[2]].append(os.fsdecode(path))
        return New(listing, paths, commits)


def since(root: Path, revision: str) -> Commits:
    """The commits that a revision does not have; with `-`, those that a push would publish, as git tells its hook on stdin."""
    if revision != PUSHED:
        return Commits(f"what is new since {revision}", ("HEAD",), (_commit(root, revision),))
    tips, known = [], []
    for _, tip, _, there in pushed(sys.stdin):
        if tip.strip("0"):  # else the branch is deleted
            tips.append(tip)
            # Of a branch that is new there, or that somebody else has moved, nothing is known but what was fetched.
            known.append(there if there.strip("0") and _is_here(root, there) else "--remotes")
    return Commits("what is pushed", tips, tuple(dict.fromkeys(known)))


def pushed(lines: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
    """What git tells a hook before a push: local ref, object, remote ref, object."""
    for line in lines:
        words = line.split()
        if len(words) != 4 or not all(len(word) in {40, 64} and word.isalnum() for word in words[1::2]):
            raise UsageError(
                "--since - reads on stdin what git tells a pre-push hook: local ref, object, remote ref, object"
            )
        yield words[0], words[1], words[2], words[3]


def check_repository(root: Path) -> None:
    """Raise Incomplete where nothing can be said of what is new."""
    if program() is None:
        raise Incomplete("git is not installed")
    if not in_repository(root):
        raise Incomplete(f"{root} is in no git repository, so nothing can be said of what is new")


def _commit(root: Path, revision: str) -> str:
    try:
        return (
            ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        )
    except Incomplete:
        raise UsageError(
            f"--since {revision!r}: git knows no such commit here; in a shallow clone, fetch it first"
        ) from None


def _is_here(root: Path, name: str) -> bool:
    try:
        ask(root, "cat-file", "-e", f"{name}^{{commit}}")
    except Incomplete:
        return False
    return True


def _index(root: Path) -> Mapping[str, str]:
    """`git commit -a` and `git commit FILE` tell their hooks of an index of their own, which lies beside the repository's."""
    named = os.environ.get("GIT_INDEX_FILE")
    if not named:
        return {}
    path = Path(named).absolute()
    place = Path(os.fsdecode(ask(root, "rev-parse", "--absolute-git-dir")).strip())
    return {"GIT_INDEX_FILE": str(path)} if path.parent.resolve() == place.resolve() else {}


Changes = Staged | Commits
