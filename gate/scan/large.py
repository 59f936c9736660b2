"""Searches a large file piece by piece, without its holes: a line of it may be longer than memory."""

import contextlib
import os
import sys
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from gate.scan.holes import filled
from gate.scan.ripgrep import Closing, met
from gate.scan.signals import WORDS

PIECE = 4 << 20  # bytes
OVERLAP = 256  # more than the longest word


def search_large(file: BinaryIO, closing: Closing, literals: Sequence[str] = WORDS) -> Iterator[tuple[int, bytes]]:
    """The words of an open file, in their order. Raises OSError."""
    pieces = [
        (max(begin, start - OVERLAP), min(start + PIECE, end))
        for begin, end in filled(file)
        for start in range(begin, end, PIECE)
    ]
    begins, total = [], 0
    for start, end in pieces:
        begins.append(total)
        total += end - start + 1
    outlet, inlet = os.pipe()
    failed: list[OSError] = []
    feeder = threading.Thread(target=_feed, args=(file, pieces, inlet, failed), daemon=True)
    feeder.start()
    last = -1
    for offset, word in met(os.fdopen(outlet, "rb"), literals, closing):
        number = bisect_right(begins, offset) - 1
        place = pieces[number][0] + offset - begins[number]
        if place > last:  # else it was met at the end of the piece before
            last = place
            yield place, word
    feeder.join()
    if failed:
        raise failed[0]


def _feed(file: BinaryIO, pieces: Sequence[tuple[int, int]], inlet: int, failed: list[OSError]) -> None:
    """Write the pieces as lines, until nobody reads them any more."""
    with os.fdopen(inlet, "wb", buffering=0) as out, contextlib.suppress(BrokenPipeError):
        for start, end in pieces:
            try:
                piece = _part(file, start, end)
            except OSError as fault:
                failed.append(fault)
                return
            out.write(piece.ljust(end - start, b"\0"))  # it may have been cut while we looked
            out.write(b"\n")


def _part(file: BinaryIO, start: int, end: int) -> bytes:
    """What stands from `start` to `end`, while somebody else reads the file where he is."""
    if sys.platform == "win32":
        with open(file.name, "rb") as own:  # noqa: PTH123 - a name, or a handle
            own.seek(start)
            return own.read(end - start)
    return os.pread(file.fileno(), end - start, start)
