"""The bytes of stored objects: files with names of our own in a private folder that goes away with the stand-in."""

import contextlib
import hashlib
from pathlib import Path

from gate.postgres.host import OwnFolder


class ObjectFolder:
    """A private temporary folder of objects by bucket, name and version.

    What a client calls an object never becomes part of a path: the file is named by a digest of the three.
    """

    def __init__(self) -> None:
        self._folder = OwnFolder()
        self._root = self._folder.path / "objects"
        self._root.mkdir(mode=0o700)

    def put(self, bucket: str, name: str, version: str, content: bytes) -> None:
        """Keep the bytes."""
        self._path(bucket, name, version).write_bytes(content)

    def get(self, bucket: str, name: str, version: str) -> bytes | None:
        """The bytes; None for a row that has none, such as one written by SQL."""
        try:
            return self._path(bucket, name, version).read_bytes()
        except FileNotFoundError:
            return None

    def drop(self, bucket: str, name: str, version: str) -> None:
        """Forget the bytes, if there are any."""
        with contextlib.suppress(FileNotFoundError):
            self._path(bucket, name, version).unlink()

    def remove(self) -> None:
        """Remove the folder with everything in it. May be called more than once."""
        self._folder.remove()

    def _path(self, bucket: str, name: str, version: str) -> Path:
        parts = f"{bucket}\0{name}\0{version}"
        return self._root / hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()
