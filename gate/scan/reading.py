"""Reads what lies around the signals of a file, of any size: in pieces that overlap, so that no key is cut in two."""

import codecs
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from gate.scan.holes import filled
from gate.scan.kinds import Secret
from gate.scan.secrets import find
from gate.scan.signals import Signals
from gate.scan.tokens import harmless

PIECE = 8 << 20  # bytes
AROUND = 10 << 10  # bytes on either side of a signal, more than the judge looks at
OVERLAP = 32 << 10  # more than the longest key in any clothing with its variable's name before it
BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def read(path: Path, signals: Signals | None = None) -> Iterator[Secret]:
    """Every key in a file, or every one near the offsets of its signals. Raises OSError."""
    with path.open("rb") as file:
        yield from read_open(file, signals)


def read_open(file: BinaryIO, signals: Signals | None = None) -> Iterator[Secret]:
    """The same of an open file that can be read from anywhere."""
    if signals is not None and not signals:
        return
    file.seek(0)
    coding = BOMS.get(file.read(2))
    if coding:
        yield from _coded(file, coding)
        return
    if signals is None:
        yield from _range(file, _Before(), None)
        return
    before = _Before()
    for start, end in _ranges([*signals.words, *_doubtful(file, signals.tokens)]):
        before.skip(file, start)
        yield from _range(file, before, end)


def _doubtful(file: BinaryIO, tokens: Sequence[int]) -> Iterator[int]:
    """The tokens that are not seen at once to be public, or not to be whole."""
    for offset in tokens:
        file.seek(offset)
        if not harmless(file.read(AROUND).decode("latin-1")):
            yield offset


def _coded(file: BinaryIO, coding: str) -> Iterator[Secret]:
    """The keys of a text in UTF-16, as the same text in UTF-8."""
    with cast("BinaryIO", tempfile.TemporaryFile()) as plain:
        file.seek(0)
        decoder = codecs.getincrementaldecoder(coding)("replace")
        while piece := file.read(PIECE):
            plain.write(decoder.decode(piece).replace("\ufeff", "").encode("utf-8", "replace"))
        yield from read_open(plain)


def _ranges(signals: Sequence[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for signal in sorted(signals):
        start, end = max(0, signal - AROUND), signal + AROUND
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return ranges


class _Before:
    """The lines of a file before the place that is being read, and the characters of the line that it is in."""

    def __init__(self) -> None:
        self.offset = 0
        self.lines = 0
        self.columns = 0

    def skip(self, file: BinaryIO, offset: int) -> None:
        """Go on to a later offset. A hole is one long line."""
        for start, end in filled(file, self.offset, offset):
            self.columns += start - self.offset
            self.offset = start
            file.seek(start)
            while self.offset < end and (piece := file.read(min(PIECE, end - self.offset))):
                self.count(piece)
        self.columns += offset - self.offset
        self.offset = offset

    def count(self, piece: bytes) -> None:
        """Go over a piece."""
        self.offset += len(piece)
        self.lines += piece.count(b"\n")
        last = piece.rfind(b"\n")
        self.columns = self.columns + len(piece) if last < 0 else len(piece) - last - 1


def _range(file: BinaryIO, before: _Before, end: int | None) -> Iterator[Secret]:
    """The keys from `before` to `end`, which is moved on with them."""

    def following() -> bytes:
        return file.read(PIECE if end is None else max(0, min(PIECE, end - file.tell())))

    file.seek(before.offset)
    piece = following()
    reported = 0  # bytes of this piece whose keys the one before has told of
    while piece:
        more = following()
        # Keys are ASCII; latin-1 keeps one character for each byte, whatever the bytes are.
        text = piece.decode("latin-1")
        ends = len(piece) - OVERLAP if more else len(piece)
        for start, secret in find(text):
            if reported <= start < ends:
                column = secret.column + (before.columns if secret.line == 1 else 0)
                yield replace(secret, line=secret.line + before.lines, column=column)
        kept = max(0, ends - OVERLAP) if more else len(piece)
        before.count(piece[:kept])
        reported = ends - kept
        piece = piece[kept:] + more if more else b""
