"""Reads what git keeps: every reachable blob, commit and tag once, with the commit that brought it in."""

import io
import os
import re
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen

from gate.errors import Incomplete
from gate.git import in_repository, program, start
from gate.scan.globs import matcher
from gate.scan.kinds import Secret
from gate.scan.reading import read_open
from gate.scan.ripgrep import offsets
from gate.scan.signals import WORDS
from gate.scan.tree import CACHES, NEVER

Closing = Callable[[Callable[[], object]], None]
POINTER = "git-lfs.github.com/spec/v1"
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
class Stored:
    """An object of git: its name, what it is, its size and one path of a blob."""

    name: bytes
    type: bytes
    size: int
    path: str

    @property
    def header(self) -> int:
        """Bytes of the line that comes before it in a stream of objects."""
        return len(self.name) + len(self.type) + len(str(self.size)) + 3


@dataclass(frozen=True, slots=True)
class History:
    """What was gone through: how many objects, the keys, (what, why) of what was not judged, and why it is not all."""

    searched: int = 0
    keys: tuple[Former, ...] = ()
    unjudged: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def history(root: Path, exclude: Sequence[str], closing: Closing) -> History:
    """Search the history of the repository that the root lies in, as far as it concerns the root's folder."""
    if not in_repository(root) or program() is None:
        return History()
    shallow, prefix = _said(root, closing, "rev-parse", "--is-shallow-repository", "--show-prefix").split(b"\n")[:2]
    stored, missing = _objects(root, closing, whole=not prefix)
    met = _met(root, closing, stored)
    never = matcher((*(f"**/{name}/**" for name in sorted(NEVER)), *CACHES, *exclude))
    keys, pointers = _read(root, closing, met)
    introduced = _introduced(root, closing, [item for item, _ in keys if item.type == b"blob"])
    problems = [
        "the clone is shallow, so that older commits are not here: git fetch --unshallow" if shallow == b"true" else "",
        f"{missing} objects are not in this clone, so nothing can be said of them" if missing else "",
    ]
    return History(
        len(stored),
        tuple(_formers(keys, introduced, os.fsdecode(prefix), never)),
        (
            *_submodules(root, closing),
            *([(f"{pointers} LFS pointers", "what they point to is kept elsewhere")] if pointers else []),
        ),
        "; ".join(filter(None, problems)),
    )


def _formers(
    keys: Sequence[tuple[Stored, Secret]],
    introduced: dict[bytes, list[tuple[str, str]]],
    prefix: str,
    never: Callable[[str], bool],
) -> Iterator[Former]:
    order = {name: number for number, name in enumerate(introduced)}  # the oldest comes first
    for item, secret in sorted(keys, key=lambda key: order.get(key[0].name, len(order))):
        if item.type != b"blob":
            yield Former(secret, item.name.decode(), None)
            continue
        for commit, path in introduced.get(item.name) or [("", item.path)]:
            shown = path.removeprefix(prefix)
            if path.startswith(prefix) and not never(shown):
                yield Former(secret, commit, shown)
                break


def _objects(root: Path, closing: Closing, *, whole: bool) -> tuple[list[Stored], int]:
    """Every object but the trees, and how many are missing."""
    wanted = start(root, *REACHABLE, "--missing=print", *(["--indexed-objects"] if whole else ["--", "."]), stdout=PIPE)
    closing(wanted.kill)
    checked = start(
        root,
        "cat-file",
        "--batch-check=%(objectname) %(objecttype) %(objectsize) %(rest)",
        "--buffer",
        stdin=wanted.stdout,
        stdout=PIPE,
    )
    closing(checked.kill)
    stored, missing = [], 0
    for line in checked.communicate()[0].splitlines():
        name, kind, *rest = line.split(b" ", 3)
        if kind == b"missing":
            missing += 1
        elif kind != b"tree":
            stored.append(Stored(name, kind, int(rest[0]), os.fsdecode(b"".join(rest[1:]))))
    _ended(wanted, checked)
    return stored, missing


def _met(root: Path, closing: Closing, stored: Sequence[Stored]) -> list[tuple[Stored, list[int]]]:
    """The objects that hold a signal, and where in them. The stream never passes through Python."""
    if not stored:
        return []
    with _names(stored) as names:
        stream = start(root, "cat-file", "--batch", "--buffer", stdin=names, stdout=PIPE)
        closing(stream.kill)
        found = list(offsets(stream, (*WORDS, POINTER), closing))
        _ended(stream)
    begins, total = [], 0
    for item in stored:
        begins.append(total + item.header)
        total += item.header + item.size + 1
    met: dict[int, list[int]] = {}
    for offset in found:
        number = bisect_right(begins, offset) - 1
        if number >= 0 and offset < begins[number] + stored[number].size:
            met.setdefault(number, []).append(offset - begins[number])
    return [(stored[number], where) for number, where in met.items()]


def _read(
    root: Path, closing: Closing, met: Sequence[tuple[Stored, list[int]]]
) -> tuple[list[tuple[Stored, Secret]], int]:
    """The keys of the objects that hold a signal, and how many objects are pointers to large files."""
    keys: list[tuple[Stored, Secret]] = []
    pointers = 0
    if not met:
        return keys, pointers
    with _names([item for item, _ in met]) as names:
        stream = start(root, "cat-file", "--batch", "--buffer", stdin=names, stdout=PIPE)
        closing(stream.kill)
        assert stream.stdout
        for item, where in met:
            stream.stdout.readline()
            content = stream.stdout.read(item.size)
            stream.stdout.read(1)
            pointers += content.startswith(b"version https://git-lfs")
            keys += [(item, secret) for secret in read_open(io.BytesIO(content), where)]
        stream.stdout.close()
        _ended(stream)
    return keys, pointers


def _introduced(root: Path, closing: Closing, blobs: Sequence[Stored]) -> dict[bytes, list[tuple[str, str]]]:
    """The commits that brought each blob in, oldest first, with its path there."""
    if not blobs:
        return {}
    asked = [f"--find-object={name.decode()}" for name in dict.fromkeys(item.name for item in blobs)]
    said = _said(
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
    for line in said.splitlines():
        change = CHANGE.match(line)
        if change:
            found.setdefault(change.group(1), []).append((commit, os.fsdecode(change.group(2))))
        elif line:
            commit = line.decode()
    return found


def _submodules(root: Path, closing: Closing) -> Iterator[tuple[str, str]]:
    for entry in _said(root, closing, "ls-files", "--stage", "-z").split(b"\0"):
        if entry.startswith(b"160000 "):
            yield os.fsdecode(entry.partition(b"\t")[2]), "a submodule: a repository of its own, to be scanned there"


def _names(stored: Sequence[Stored]) -> "tempfile._TemporaryFileWrapper[bytes]":
    file = tempfile.NamedTemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(b"".join(item.name + b"\n" for item in stored))
    file.seek(0)
    return file


def _said(root: Path, closing: Closing, *arguments: str) -> bytes:
    process = start(root, *arguments, stdout=PIPE)
    closing(process.kill)
    out: bytes = process.communicate()[0]
    _ended(process)
    return out


def _ended(*processes: "Popen[bytes]") -> None:
    for process in processes:
        if process.stdout:
            process.stdout.close()
        if process.wait():
            raise Incomplete(f"git cannot read the history (it ended with {process.returncode})")
