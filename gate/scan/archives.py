"""Unpacks archives, in one another too, into one file that can be searched; a bomb is given up and said."""

import bz2
import contextlib
import gzip
import importlib
import io
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

DEPTH = 5  # archives in one another
LARGEST = 256 << 20  # bytes of one member
TOTAL = 2 << 30  # bytes of all members of all archives
RATIO = 300  # how many times larger than its archive a whole may become, beyond a fair start
FAIR = 64 << 20
MEMBERS = 200_000
READ = 1 << 16
MAGIC = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b\x08": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
# The same for ripgrep, which finds archives by what they are and not by their names; words alone it finds faster than a class.
PATTERNS = (
    *(r"PK\x03\x04", r"(?-u:\x1f\x8b\x08)", r"(?-u:\xfd)7zXZ\x00", r"(?-u:\x28\xb5\x2f\xfd)", "ustar"),
    *(f"BZh{level}1AY&SY" for level in range(1, 10)),
)
MISSING = frozenset(f"{kind} is not read here: pip install 'supagate[archives]'" for kind in ("brotli", "zstd"))
UNMARKED = {".br": "brotli"}  # what has no beginning of its own is told by its name
BROKEN = (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, RuntimeError, ValueError)


class Bomb(Exception):  # noqa: N818 - it is what was met
    """An archive grows beyond what it may."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file out of an archive: its name, behind those of its archives, and where it lies among the unpacked."""

    name: str
    start: int
    end: int


@dataclass(slots=True)
class Unpacked:
    """All members in one file, one after the other, and (what, why) of all that was not opened."""

    file: BinaryIO
    members: list[Member] = field(default_factory=list)
    closed: list[tuple[str, str]] = field(default_factory=list)
    _allowed: int = 0

    def add(self, path: Path, name: str) -> None:
        """Unpack a file, if it is an archive. Raises OSError if it cannot be read."""
        with path.open("rb") as file:
            self.add_open(file, path.stat().st_size, name)

    def add_open(self, file: BinaryIO, size: int, name: str) -> None:
        """Unpack an open file of that size, if it is an archive."""
        kind = kind_of(file, name)
        if kind:
            self._allowed = min(TOTAL, self.file.tell() + FAIR + RATIO * size)
            self._open(file, kind, name, DEPTH)

    def _open(self, file: BinaryIO, kind: str, name: str, depth: int) -> None:
        if not depth:
            self.closed.append((name, f"more than {DEPTH} archives in one another"))
            return
        try:
            for inner, stream in _members(file, kind):
                self._take(stream, name, inner, depth)
        except Bomb as bomb:
            self.closed.append((name, str(bomb)))
        except NotImplementedError as missing:
            self.closed.append(
                (name, str(missing) if str(missing) in MISSING else "a compression that cannot be read here")
            )
        except BROKEN as fault:
            encrypted = "encrypted" in str(fault)
            self.closed.append((name, "encrypted" if encrypted else "damaged, or no archive for all its beginning"))

    def _take(self, stream: BinaryIO, outer: str, inner: str, depth: int) -> None:
        """Write one member behind the others; an archive is opened instead."""
        name = f"{outer}!{inner}" if inner else outer
        if len(self.members) >= MEMBERS:
            raise Bomb(f"more than {MEMBERS:,} files")
        start = self.file.tell()
        while piece := stream.read(1 << 20):
            self.file.write(piece)
            if self.file.tell() > self._allowed:
                raise Bomb("grows beyond any honest archive when it is unpacked")
            if self.file.tell() - start > LARGEST:
                raise Bomb(f"a file of more than {LARGEST >> 20} MB")
        end = self.file.tell()
        self.file.seek(start)
        kind = kind_of(self.file, inner) if end > start else ""
        if kind:
            with tempfile.SpooledTemporaryFile(16 << 20) as apart:
                shutil.copyfileobj(Part(self.file, start, end), apart, 1 << 20)
                apart.seek(0)
                self.file.seek(start)
                self.file.truncate()  # what is left of it would be read as the beginning of the next member
                self._open(cast("BinaryIO", apart), kind, name, depth - 1)
        else:
            self.file.seek(end)
            self.members.append(Member(name, start, end))

    def content(self, member: Member) -> BinaryIO:
        """A member's own bytes."""
        return cast("BinaryIO", io.BufferedReader(Part(self.file, member.start, member.end)))


class Part(io.RawIOBase):
    """A part of an open file, to be read as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        """The part of `file` from `start` to `end`."""
        self._file, self._start, self._end, self._at = file, start, end, start

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, counted from the part's own start."""
        self._at = offset + {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        return self._at - self._start

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - what can be written into has no name before Python 3.12
        """Read what is left of the part, as far as there is room."""
        view = memoryview(buffer).cast("B")
        self._file.seek(self._at)
        piece = self._file.read(max(0, min(len(view), self._end - self._at)))
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def kind_of(file: BinaryIO, name: str = "") -> str:
    """What kind of archive begins here, if any, or is called one; the file is left where it was."""
    place = file.tell()
    head = file.read(262)
    file.seek(place)
    if head[257:262] == b"ustar":
        return "tar"
    unmarked = UNMARKED.get(name[-3:].lower(), "")
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), unmarked)


def _members(file: BinaryIO, kind: str) -> Iterator[tuple[str, BinaryIO]]:
    match kind:
        case "zip":
            with zipfile.ZipFile(file) as archive:
                for entry in archive.infolist():
                    if not entry.is_dir():
                        with archive.open(entry) as stream:
                            yield entry.filename, cast("BinaryIO", stream)
        case "tar":
            with tarfile.open(fileobj=file, mode="r:") as tar:
                for item in tar:
                    content = tar.extractfile(item) if item.isreg() else None
                    if content:
                        yield item.name, cast("BinaryIO", content)
        case _:
            yield "", _plain(file, kind)


def _plain(file: BinaryIO, kind: str) -> BinaryIO:
    if kind == "brotli":
        return cast("BinaryIO", Brotli(file, _library(kind, "brotli")))
    if kind == "zstd":
        return cast("BinaryIO", _library(kind, "compression.zstd", "backports.zstd").open(file))
    if kind == "gzip":
        return cast("BinaryIO", gzip.GzipFile(fileobj=file, mode="rb"))
    return cast("BinaryIO", bz2.BZ2File(file) if kind == "bzip2" else lzma.LZMAFile(file))


def _library(kind: str, *names: str) -> Any:  # noqa: ANN401 - whichever is there
    """A library that may be there. Raises NotImplementedError with the words for what to install."""
    for name in names:
        with contextlib.suppress(ImportError):
            return importlib.import_module(name)
    raise NotImplementedError(f"{kind} is not read here: pip install 'supagate[archives]'")


class Brotli:
    """What brotli has compressed, piece by piece: its library gives no more than it is asked for."""

    def __init__(self, file: BinaryIO, library: Any) -> None:  # noqa: ANN401 - it has no types
        self._file, self._state = file, library.Decompressor()
        self._faults = library.error

    def read(self, size: int) -> bytes:
        """At most about so many bytes more; none at the end. Raises ValueError for what is damaged."""
        try:
            while not self._state.is_finished():
                more = self._file.read(READ) if self._state.can_accept_more_data() else b""
                out: bytes = self._state.process(more, output_buffer_limit=size)
                if out:
                    return out
                if not more and self._state.can_accept_more_data():
                    raise ValueError("brotli ends too early")
        except self._faults as fault:
            raise ValueError("no brotli") from fault
        return b""


def unpacked(paths: Sequence[tuple[Path, str]], file: BinaryIO) -> Unpacked:
    """The members of all those files that are archives. What cannot be read has been said by whoever searched it."""
    # What comes first must not look like the mark of a coding to whoever reads the file.
    file.write(b"\n")
    all_members = Unpacked(file)
    for path, name in paths:
        try:
            all_members.add(path, name)
        except OSError as fault:
            all_members.closed.append((name, fault.strerror or type(fault).__name__))
    file.flush()
    return all_members
