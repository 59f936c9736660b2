"""The objects of a git repository: which there are, what words are in them, and their contents, one at a time."""

import io
import os
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, BinaryIO, cast

from gate.errors import Incomplete
from gate.git import start
from gate.scan.large import search_large
from gate.scan.ripgrep import LARGE, Closing, met
from gate.scan.signals import WORDS, Signals

STREAMS = 4  # at most; git unpacks objects on one core
FEW = 2_000  # objects that are not worth a second stream
POINTER = "git-lfs.github.com/spec/v1"


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
class Listing:
    """Objects that are to be looked at, the names of trees, which hold nothing but names, and how many objects are missing."""

    objects: list[Stored] = field(default_factory=list)
    trees: list[bytes] = field(default_factory=list)
    missing: int = 0


def stored(root: Path, closing: Closing, names: IO[bytes]) -> Listing:
    """The objects of these names, with the paths behind them."""
    check = "--batch-check=%(objectname) %(objecttype) %(objectsize) %(rest)"
    checked = start(root, "cat-file", check, "--buffer", stdin=names, stdout=PIPE)
    closing(checked.kill)
    found: list[Stored] = []
    trees: list[bytes] = []
    missing = 0
    for line in checked.communicate()[0].splitlines():
        name, kind, *rest = line.split(b" ", 3)
        if kind == b"missing":
            missing += 1
        elif kind == b"tree":
            trees.append(name)
        else:
            found.append(Stored(name, kind, int(rest[0]), os.fsdecode(b"".join(rest[1:]))))
    ended(checked)
    return Listing(found, trees, missing)


def searched(
    root: Path, closing: Closing, objects: Sequence[Stored], words: Sequence[str] = WORDS
) -> list[tuple[Stored, Signals]]:
    """The objects that hold a word or begin an archive, and where their words are. The bulk never passes through Python."""
    small = [item for item in objects if item.size <= LARGE]
    streams = min(os.cpu_count() or 1, STREAMS, len(small) // FEW + 1)
    share = -(-len(small) // streams)
    parts = [small[start : start + share] for start in range(0, len(small), share or 1)]
    with ThreadPoolExecutor(streams) as side_by_side:
        told = side_by_side.map(lambda part: _streamed(root, closing, part, words), parts)
        found = [one for part in told for one in part]
    for item, file in contents(root, closing, [item for item in objects if item.size > LARGE]):
        signals = Signals()
        some = False
        for offset, word in search_large(file, closing, words):
            some = True
            signals.add(offset, word)
        if some:
            found.append((item, signals))
    return found


def _streamed(
    root: Path, closing: Closing, objects: Sequence[Stored], words: Sequence[str]
) -> list[tuple[Stored, Signals]]:
    """The same of objects that git writes one after the other."""
    begins, total = [], 0
    for item in objects:
        begins.append(total + item.header)
        total += item.header + item.size + 1
    found: list[tuple[Stored, Signals]] = []
    with _names(objects) as names:
        stream = start(root, "cat-file", "--batch", "--buffer", stdin=names, stdout=PIPE)
        closing(stream.kill)
        last = -1
        for offset, word in met(cast("IO[bytes]", stream.stdout), (*words, POINTER), closing):
            number = bisect_right(begins, offset) - 1
            if number >= 0 and offset < begins[number] + objects[number].size:
                if number != last:
                    found.append((objects[number], Signals()))
                    last = number
                found[-1][1].add(offset - begins[number], word)
        ended(stream)
    return found


def contents(root: Path, closing: Closing, objects: Sequence[Stored]) -> Iterator[tuple[Stored, BinaryIO]]:
    """The objects, each as a file that is open until the next one."""
    if not objects:
        return
    with _names(objects) as names:
        # Beyond this size git writes an object while it reads it, where it is kept whole.
        stream = start(
            root, "-c", f"core.bigFileThreshold={LARGE}", "cat-file", "--batch", "--buffer", stdin=names, stdout=PIPE
        )
        closing(stream.kill)
        assert stream.stdout
        for item in objects:
            stream.stdout.readline()
            with io.BytesIO() if item.size <= LARGE else tempfile.TemporaryFile() as file:
                _copied(stream.stdout, file, item.size)
                stream.stdout.read(1)
                file.seek(0)
                yield item, cast("BinaryIO", file)
        stream.stdout.close()
        ended(stream)


def _copied(stream: IO[bytes], file: IO[bytes], size: int) -> None:
    while size:
        piece = stream.read(min(size, 1 << 20))
        if not piece:
            raise Incomplete("git cannot read the history (an object ends too early)")
        file.write(piece)
        size -= len(piece)


def _names(objects: Sequence[Stored]) -> "tempfile._TemporaryFileWrapper[bytes]":
    file = tempfile.NamedTemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(b"".join(item.name + b"\n" for item in objects))
    file.seek(0)
    return file


def said(root: Path, closing: Closing, *arguments: str) -> bytes:
    """What git answers, however long it takes. Raises Incomplete."""
    process = start(root, *arguments, stdout=PIPE)
    closing(process.kill)
    out: bytes = process.communicate()[0]
    ended(process)
    return out


def ended(*processes: "Popen[bytes]") -> None:
    """Wait for programs of git, and believe none that failed. Raises Incomplete."""
    for process in processes:
        if process.stdout:
            process.stdout.close()
        if process.wait():
            raise Incomplete(f"git cannot read the history (it ended with {process.returncode})")
