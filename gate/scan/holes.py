"""Where a file has data: one of 4 GB may be nothing but a hole."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO


def filled(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """The parts of a file from `start` to `end` that are not holes; all of it where nobody can tell."""
    if end is None:
        end = file.seek(0, io.SEEK_END)
    if sys.platform == "win32":  # it has holes, and another way to ask for them
        yield start, end
        return
    try:
        handle = file.fileno()
    except OSError:  # a file in memory
        yield start, end
        return
    while start < end:
        try:
            begin = os.lseek(handle, start, os.SEEK_DATA)
            finish = os.lseek(handle, begin, os.SEEK_HOLE)
        except OSError as fault:
            if fault.errno != errno.ENXIO:  # else nothing follows; a file system without holes says something else
                yield start, end
            return
        if begin < end:
            yield begin, min(finish, end)
        start = finish
