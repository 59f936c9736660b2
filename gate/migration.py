"""Migration files and their statements, as text with a place; who parses them is another matter."""

from dataclasses import dataclass
from pathlib import Path

from gate.config import Config
from gate.errors import InputError
from gate.finding import Span


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


def read_migrations(config: Config) -> tuple[Migration, ...]:
    """Read every `*.sql` of the migrations folder, in the order in which the platform's tool applies them.

    Raises InputError for a file that cannot be read, is not UTF-8, or holds a NUL byte (a parser would silently stop
    there). A missing folder gives an empty tuple: the check decides what that means.
    """
    folder = config.migrations
    if not folder.is_dir():
        return ()
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".sql")
    except OSError as fault:
        raise InputError(f"cannot list {config.relative(folder)}: {fault.strerror}") from fault
    return tuple(Migration(config.relative(path), _read(path, config)) for path in paths)


def _read(path: Path, config: Config) -> str:
    shown = config.relative(path)
    try:
        if not path.is_file():
            raise InputError(f"{shown} is not a regular file; migrations must be plain text files")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InputError(f"cannot read {shown}: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise InputError(f"{shown} is not UTF-8 (byte {fault.start}); save it as UTF-8") from fault
    if "\0" in text:
        raise InputError(f"{shown}:{text[: text.index(chr(0))].count(chr(10)) + 1} holds a NUL byte; remove it")
    return text
