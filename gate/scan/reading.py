"""Reads a file for keys, of any size: in pieces that overlap, so that no key is cut in two."""

from collections.abc import Iterator
from pathlib import Path

from gate.scan.kinds import Secret
from gate.scan.secrets import find

PIECE = 8 << 20  # bytes
OVERLAP = 32 << 10  # more than the longest key with its variable's name before it
BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def read(path: Path) -> Iterator[Secret]:
    """Every key in a file. Raises OSError."""
    with path.open("rb") as file:
        piece = file.read(PIECE)
        coding = BOMS.get(piece[:2])
        if coding:
            yield from _secrets(find((piece + file.read()).decode(coding, errors="replace")))
            return
        lines = 0
        reported = 0  # bytes of this piece whose keys the one before has told of
        while piece:
            following = file.read(PIECE)
            # Keys are ASCII; latin-1 keeps one character for each byte, whatever the bytes are.
            text = piece.decode("latin-1")
            ends = len(piece) - OVERLAP if following else len(piece)
            for start, secret in find(text):
                if reported <= start < ends:
                    yield Secret(secret.kind, secret.line + lines, secret.variable)
            if not following:
                return
            kept = max(0, ends - OVERLAP)
            lines += text.count("\n", 0, kept)
            reported = ends - kept
            piece = piece[kept:] + following


def _secrets(found: Iterator[tuple[int, Secret]]) -> Iterator[Secret]:
    return (secret for _, secret in found)
