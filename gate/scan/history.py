"""Reads what git keeps: every reachable blob, commit and tag once, with the commit that brought it in."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE
from typing import BinaryIO, NamedTuple, cast

from gate.git import in_repository, program, start
from gate.scan.archives import Unpacked, kind_of
from gate.scan.globs import matcher
from gate.scan.kinds import Secret
from gate.scan.objects import Stored, contents, said, searched, stored
from gate.scan.packed import secrets_in
from gate.scan.reading import read_open
from gate.scan.ripgrep import Closing
from gate.scan.signals import Signals
from gate.scan.tree import CACHES, NEVER

LFS = b"version https://git-lfs"
# Branches, tags, notes, the stash, what a branch was before it was rewritten, and what is staged.
REACHABLE = ("rev-list", "--objects", "--all", "--reflog")
CHANGE = re.compile(rb":\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [A-Z]\d*\t(.*)")


@dataclass(frozen=True, slots=True)
class Former:
    """A key that git keeps and the tree does not: the commit that brought it in, and the file, if it stood in one."""

    secret: Secret
    commit: str
    path: str | None


@dataclass(frozen=True, slots=True)
class History:
    """What was gone through: how many objects, the keys, (what, why) of what was not judged, and why it is not all."""

    searched: int = 0
    keys: tuple[Former, ...] = ()
    unjudged: tuple[tuple[str, str], ...] = ()
    problem: str = ""


class Key(NamedTuple):
    """A key that an object holds, in a file of its archive where `inner` names one."""

    item: Stored
    inner: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Judgement:
    """What objects hold: keys, pointers to large files, archives that could not be opened and why."""

    keys: list[Key] = field(default_factory=list)
    pointers: list[Stored] = field(default_factory=list)
    closed: list[tuple[Stored, str, str]] = field(default_factory=list)


def history(root: Path, exclude: Sequence[str], closing: Closing) -> History:
    """Search the history of the repository that the root lies in, as far as it concerns the root's folder."""
    if not in_repository(root) or program() is None:
        return History()
    shallow, prefix = said(root, closing, "rev-parse", "--is-shallow-repository", "--show-prefix").split(b"\n")[:2]
    objects, missing = _objects(root, closing, whole=not prefix)
    found = searched(root, closing, objects)
    never = matcher((*(f"**/{name}/**" for name in sorted(NEVER)), *CACHES, *exclude))
    seen = judged(root, closing, found)
    introduced = _introduced(root, closing, [key.item for key in seen.keys if key.item.type == b"blob"])
    problems = [
        "the clone is shallow, so that older commits are not here: git fetch --unshallow" if shallow == b"true" else "",
        f"{missing} objects are not in this clone, so nothing can be said of them" if missing else "",
    ]
    return History(
        len(objects),
        tuple(_formers(seen.keys, introduced, os.fsdecode(prefix), never)),
        (
            *_submodules(root, closing),
            *_unopened(seen, os.fsdecode(prefix), never),
        ),
        "; ".join(filter(None, problems)),
    )


def _formers(
    keys: Sequence[Key],
    introduced: dict[bytes, list[tuple[str, str]]],
    prefix: str,
    never: Callable[[str], bool],
) -> Iterator[Former]:
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


def _unopened(seen: Judgement, prefix: str, never: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    if seen.pointers:
        yield f"{len(seen.pointers)} LFS pointers", "what they point to is kept elsewhere"
    for item, inner, why in seen.closed:
        shown = item.path.removeprefix(prefix)
        if item.path.startswith(prefix) and not never(shown):
            yield f"{shown}{inner} in the history", f"not opened: {why}"


def _objects(root: Path, closing: Closing, *, whole: bool) -> tuple[list[Stored], int]:
    """Every object but the trees, and how many are missing."""
    limits = ("--indexed-objects",) if whole else ("--", ".")
    return stored(root, closing, start(root, *REACHABLE, "--missing=print", *limits, stdout=PIPE))


def judged(root: Path, closing: Closing, found: Sequence[tuple[Stored, Signals]]) -> Judgement:
    """What objects hold that have a word in them or begin an archive."""
    seen = Judgement()
    signals = {item.name: where for item, where in found}
    for item, file in contents(root, closing, [item for item, _ in found]):
        if file.read(len(LFS)) == LFS:
            seen.pointers.append(item)
        file.seek(0)
        if not kind_of(file):
            seen.keys.extend(Key(item, "", secret) for secret in read_open(file, signals[item.name]))
            continue
        with tempfile.TemporaryFile() as members:
            opened = Unpacked(cast("BinaryIO", members))
            opened.add_open(file, item.size, "")
            seen.closed.extend((item, name, why) for name, why in opened.closed)
            for member, secrets in secrets_in(opened, closing):
                seen.keys.extend(Key(item, member.name, secret) for secret in secrets)
    return seen


def _introduced(root: Path, closing: Closing, blobs: Sequence[Stored]) -> dict[bytes, list[tuple[str, str]]]:
    """The commits that brought each blob in, oldest first, with its path there."""
    if not blobs:
        return {}
    asked = [f"--find-object={name.decode()}" for name in dict.fromkeys(item.name for item in blobs)]
    answer = said(
        root,
        closing,
        *(
            "-c",
            "core.quotePath=false",
            "-c",
            "log.showRoot=true",
            "log",
            "--all",
            "--reflog",
            "--topo-order",
            "--reverse",
            "-m",
        ),
        *(
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--no-show-signature",
            "--format=%H",
            *asked,
        ),
    )
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
            yield os.fsdecode(entry.partition(b"\t")[2]), "a submodule: a repository of its own, to be scanned there"
