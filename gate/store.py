"""Small files in the user's cache folder: what cannot be read, is damaged or is not the user's own does not exist.

Whoever may write there may as well change the tool, its packages or the project: a digest guards against accidents, and
the owner and mode of folder and file against everybody else. Nothing read from it is ever run.
"""

import contextlib
import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gate.writing import write_whole

ENTRIES = 50  # the oldest of more are dropped
DIGEST = hashlib.sha256().digest_size
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def cache_folder(project: Path, name: str) -> Path | None:
    """Where the user's caches of that name are, by the customs of the platform; None for nowhere, or inside the project.

    In CI there are none: others may have filled them.
    """
    if not hasattr(os, "geteuid") or os.environ.get("CI"):
        return None
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
        folder = (Path(named) if named.startswith("/") else home).resolve() / "supagate" / name
    except (OSError, RuntimeError):
        return None
    return None if folder.is_relative_to(project.resolve()) else folder


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of entries by their keys."""

    folder: Path
    largest: int = 16 << 20  # bytes of one entry

    def read(self, key: str) -> bytes | None:
        """What was written under a key; None for nothing, or nothing that can be trusted."""
        if sys.platform == "win32" or not self._own():
            return None
        path = self.folder / key
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as file:
                found = os.fstat(handle)
                whole = file.read(self.largest + 1) if _private(found) and stat.S_ISREG(found.st_mode) else b""
            content = whole[DIGEST:]
            if whole[:DIGEST] == _digest(key, content) and len(whole) <= self.largest:
                os.utime(path)  # the least used go first
                return content
        return None

    def write(self, key: str, content: bytes) -> None:
        """Keep something under a key. Where that is impossible, nothing happens."""
        if len(content) > self.largest - DIGEST:
            return
        with contextlib.suppress(OSError):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
            if self._own():
                write_whole(self.folder / key, _digest(key, content) + content, mode=stat.S_IRUSR | stat.S_IWUSR)
                self._tidy()

    def _own(self) -> bool:
        with contextlib.suppress(OSError):
            found = os.lstat(self.folder)
            return stat.S_ISDIR(found.st_mode) and _private(found)
        return False

    def _tidy(self) -> None:
        """Drop the oldest entries, those of interrupted writes among them."""
        with os.scandir(self.folder) as found:
            entries = sorted((entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in found)
        for _, path in entries[:-ENTRIES]:
            with contextlib.suppress(OSError):
                Path(path).unlink()


def code_in(folders: Iterable[Path]) -> Iterator[str]:
    """The files right in these folders, each by its name, size and time of writing: what an answer depends on."""
    for folder in folders:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_file():
                    found = entry.stat()
                    yield f"{folder.name}/{entry.name} {found.st_size} {found.st_mtime_ns}"


def _private(found: os.stat_result) -> bool:
    if sys.platform == "win32":  # a mode does not say there who else may write
        return False
    return found.st_uid == os.geteuid() and not found.st_mode & OTHERS


def _digest(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + content).digest()
