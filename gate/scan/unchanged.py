"""The files of a tree that are, byte for byte, what git keeps under a name that an earlier scan found nothing in."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from gate.git import ask, filters, without_filters
from gate.scan.remembered import named

# What is compared, whatever the repository says: a file's size, inode and both of its times, as git noted them with its content.
# Git looks into a file that was written in the same moment as its notes.
STRICT = ("core.trustctime=true", "core.checkStat=default", "core.ignoreStat=false", "core.symlinks=true")
HARMLESS = frozenset({"filter.lfs"})  # what it leaves in the place of a file is never remembered
ORDINARY = b"H"  # neither "assume unchanged" nor "not in the work tree"


SECOND = 2.0  # git compares times to the second, and some file systems to two


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Their paths below the root. What changed after git `noted` the times of files is not among them, whatever git thinks."""

    paths: frozenset[str] = frozenset()
    noted: float = float("inf")


NONE = Unchanged()


def unchanged(root: Path, silent: Collection[bytes]) -> Unchanged:
    """Compare the files with git's notes. Where files are converted on their way, nothing can be said."""
    if not silent or filters(root) - HARMLESS:
        return NONE
    index = os.fsdecode(ask(root, "rev-parse", "--git-path", "index").rstrip(b"\n"))
    noted = (root / index).stat().st_mtime - SECOND
    settings = [part for setting in STRICT for part in ("-c", setting)]
    differing = ("diff-files", "--name-only", "-z", "--relative", "--ignore-submodules=all")
    changed = set(ask(root, *settings, *differing, variables=without_filters(root)).split(b"\0"))
    same = set()
    for entry in ask(root, "ls-files", "-v", "--stage", "-z").split(b"\0"):
        about, _, path = entry.partition(b"\t")
        words = about.split()
        ordinary = path and words[0] == ORDINARY and words[3] == b"0"
        if ordinary and path not in changed and named(words[2]) in silent:
            same.add(os.fsdecode(path))
    return Unchanged(frozenset(same), noted)
