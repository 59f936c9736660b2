"""A small real PNG, made from a word, so that two words give two different pictures."""

import hashlib
import struct
import zlib


def png(word: str, *, side: int = 16) -> bytes:
    """A square picture, `side` pixels wide, whose colours follow from the word."""
    digest = hashlib.sha256(word.encode()).digest()
    rows = b"".join(
        b"\0"
        + b"".join(
            digest[(x // 4 * 3 + y // 4 * 5 + k) % 32 : (x // 4 * 3 + y // 4 * 5 + k) % 32 + 1]
            for x in range(side)
            for k in range(3)
        )
        for y in range(side)
    )
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
