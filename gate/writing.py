"""Writes a file whole or not at all: whoever reads it meanwhile, or after a crash, sees the old one or the new one."""

import os
import secrets
import sys
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Put `content` in the file's place; a link there is replaced and not followed.

    Without a `mode` the file keeps the one it has, or gets what the umask leaves. Raises OSError, and leaves nothing beside the
    file then.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    if sys.platform == "win32":
        flags |= os.O_BINARY
    else:
        flags |= os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(beside, flags, 0o666 if mode is None else mode), "wb") as file:
            file.write(content)
        if mode is None and path.exists():
            beside.chmod(path.stat().st_mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
