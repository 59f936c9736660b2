"""Migration files and their statements, as text with a place; who parses them is another matter."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from gate.config import Config
from gate.errors import InputError
from gate.finding import Span
from gate.folders import listed, supabase_folders


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the migrations folder. `path` is relative to the judged root."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as written. `tree` is its parse tree as the parser packs it, or None with the `problem` in words."""

    text: str
    place: Span
    tree: bytes | None = None
    problem: str | None = None


LARGEST = 100 << 20  # bytes of one file
MARKS = (  # UTF-32's begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def no_migrations(config: Config) -> str:
    """What to say where there are none: where they were looked for, and where some are."""
    others = supabase_folders(config.root)
    others.pop(config.supabase, None)
    where = f" to one of these: {listed(others)}" if others else " to the folder that holds them"
    return f"no migrations in {config.relative(config.migrations)}; set `supabase` in [tool.gate]{where}"


def read_migrations(config: Config) -> tuple[Migration, ...]:
    """Read every `*.sql` of the migrations folder, in the order in which the platform's tool applies them.

    Raises InputError, which names every file that cannot be read, is not UTF-8, or holds a NUL byte (a parser would
    silently stop there). A missing folder gives an empty tuple: the check decides what that means.
    """
    folder = config.migrations
    if not folder.is_dir():
        return ()
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".sql")
    except OSError as fault:
        raise InputError(f"cannot list {config.relative(folder)}: {fault.strerror}") from fault
    found: list[Migration] = []
    unreadable: list[str] = []
    for path in paths:
        shown = config.relative(path)
        try:
            found.append(Migration(shown, _read(path, shown)))
        except InputError as fault:
            unreadable.append(str(fault))
    if unreadable:
        raise InputError("; ".join(unreadable))
    return tuple(found)


def _read(path: Path, shown: str) -> str:
    try:
        if not path.is_file():
            raise InputError(f"{shown} is not a regular file; migrations must be plain text files")
        if path.stat().st_size > LARGEST:
            raise InputError(f"{shown} is larger than {LARGEST >> 20} MB, which is no migration; split it")
        data = path.read_bytes()
    except OSError as fault:
        raise InputError(f"cannot read {shown}: {fault.strerror}") from fault
    for mark, name in MARKS:
        if data.startswith(mark):
            raise InputError(f"{shown} is {name}; save it as UTF-8")
    if b"\0" in data:
        raise InputError(f"{shown}:{_line(data, data.index(0))} holds a NUL byte; remove it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = _line(data, fault.start)
        raise InputError(f"{shown}:{line} is not UTF-8 (byte {fault.start}); save it as UTF-8") from fault


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
