"""Reads what git keeps: every reachable blob, commit and tag once, with the commit that brought it in."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

from gate.git import in_repository, program, start
from gate.scan.exposure import NAMES
from gate.scan.judgement import Judgement, Key, judged
from gate.scan.kinds import Secret
from gate.scan.objects import Listing, Stored, ended, said, searched, stored
from gate.scan.remembered import UNKNOWN, Clean, named
from gate.scan.ripgrep import Closing
from gate.scan.signals import WORDS, Signals
from gate.scan.tree import excluded

# Branches, tags, notes, the stash, what a branch was before it was rewritten, and what is staged.
REACHABLE = ("--all", "--reflog")
CHANGE = re.compile(rb":\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [A-Z]\d*\t(.*)")
# Nothing of this may start a program that the repository's own settings name.
PLAIN = ("--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--format=%H")


@dataclass(frozen=True, slots=True)
class Former:
    """A key that git keeps and the tree does not: the commit that brought it in, and the file, if it stood in one."""

    secret: Secret
    commit: str
    path: str | None


@dataclass(frozen=True, slots=True)
class History:
    """What was gone through: how many objects, how many of them were known, the keys, (what, why) of what was not judged, and why it is not all."""

    searched: int = 0
    remembered: int = 0
    keys: tuple[Former, ...] = ()
    unjudged: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    clean: Clean = UNKNOWN


def history(root: Path, exclude: Sequence[str], closing: Closing, known: Clean = UNKNOWN) -> History:
    """Search the history of the repository that the root lies in, as far as it concerns the root's folder.

    What is `known` to hold no key is not looked at again.
    """
    if not in_repository(root) or program() is None:
        return History()
    shallow = said(root, closing, "rev-parse", "--is-shallow-repository").strip() == b"true"
    prefix = prefix_of(root, closing)
    listing, clean = _listed(root, closing, known, whole=not prefix)
    known_now = len(clean.silent) + len(clean.quiet)
    never = excluded(exclude)
    found = searched(root, closing, listing.objects, (*WORDS, *NAMES))
    seen = judged(root, closing, found)
    problems = [
        "the clone is shallow, so that older commits are not here: git fetch --unshallow" if shallow else "",
        missed(listing.missing),
    ]
    return History(
        len(listing.objects) + known_now,
        known_now,
        tuple(formers(root, closing, seen.keys, never)),
        (*_submodules(root, closing), *seen.unjudged(prefix, never)),
        "; ".join(filter(None, problems)),
        _more(clean, listing, found, seen),
    )


def _more(clean: Clean, listing: Listing, found: Sequence[tuple[Stored, Signals]], seen: Judgement) -> Clean:
    """What is known now to hold no key."""
    closed = [item for item, *_ in seen.closed]
    told = {item.name for item in (*(key.item for key in seen.keys), *seen.pointers, *closed)}
    loud = {item.name for item, signals in found if signals.named}
    harmless = [item for item in listing.objects if item.name not in told]
    silent = {item.name for item in harmless if item.type == b"blob" and item.name not in loud}
    quiet = (item.name for item in harmless if item.name not in silent)
    return clean.and_more(silent, quiet, listing.trees)


def missed(objects: int) -> str:
    """What is wrong where objects are missing."""
    return f"{objects} objects are not in this clone, so nothing can be said of them" if objects else ""


def prefix_of(root: Path, closing: Closing) -> str:
    """The root's folder in its repository, with a slash behind it, or nothing."""
    return os.fsdecode(said(root, closing, "rev-parse", "--show-prefix").rstrip(b"\n"))


def formers(
    root: Path, closing: Closing, keys: Sequence[Key], never: Callable[[str], bool], commits: Sequence[str] = REACHABLE
) -> Iterator[Former]:
    """The keys of objects, each with the commit that brought it in."""
    prefix = prefix_of(root, closing)
    introduced = _introduced(root, closing, [key.item for key in keys if key.item.type == b"blob"], commits)
    order = {name: number for number, name in enumerate(introduced)}  # the oldest comes first
    for item, inner, secret in sorted(keys, key=lambda key: order.get(key.item.name, len(order))):
        if item.type != b"blob":
            yield Former(secret, item.name.decode(), None)
            continue
        for commit, path in introduced.get(item.name) or [("", item.path)]:
            shown = path.removeprefix(prefix)
            if path.startswith(prefix) and not never(shown):
                yield Former(secret, commit, shown + inner)
                break


def _listed(root: Path, closing: Closing, known: Clean, *, whole: bool) -> tuple[Listing, Clean]:
    """Every object that must be looked at, and those that need not be."""
    limits = ("--indexed-objects",) if whole else ("--", ".")
    wanted = start(root, "rev-list", "--objects", *REACHABLE, "--missing=print", *limits, stdout=PIPE)
    closing(wanted.kill)
    assert wanted.stdout
    skipped = known.silent | known.quiet | known.trees
    met = set()
    with tempfile.TemporaryFile() as names:
        for line in wanted.stdout:
            word = line.split(None, 1)[0]
            if skipped and not line.startswith(b"?") and (name := named(word)) in skipped:
                met.add(name)
            else:
                names.write(line)
        ended(wanted)
        names.seek(0)
        return stored(root, closing, names), known.among(met)


def _introduced(
    root: Path, closing: Closing, blobs: Sequence[Stored], commits: Sequence[str]
) -> dict[bytes, list[tuple[str, str]]]:
    """The commits that brought each blob in, oldest first, with its path there."""
    if not blobs:
        return {}
    asked = [f"--find-object={name.decode()}" for name in dict.fromkeys(item.name for item in blobs)]
    settings = ("-c", "core.quotePath=false", "-c", "log.showRoot=true")
    answer = said(root, closing, *settings, "log", "--topo-order", "--reverse", "-m", *PLAIN, *asked, *commits)
    found: dict[bytes, list[tuple[str, str]]] = {}
    commit = ""
    for line in answer.splitlines():
        change = CHANGE.match(line)
        if change:
            found.setdefault(change.group(1), []).append((commit, os.fsdecode(change.group(2))))
        elif line:
            commit = line.decode()
    return found


def _submodules(root: Path, closing: Closing) -> Iterator[tuple[str, str]]:
    for entry in said(root, closing, "ls-files", "--stage", "-z").split(b"\0"):
        if entry.startswith(b"160000 "):
            yield os.fsdecode(entry.partition(b"\t")[2]), SUBMODULE


SUBMODULE = "a submodule: a repository of its own, to be scanned there"
