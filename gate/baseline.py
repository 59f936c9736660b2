"""The baseline: findings that a project had when it adopted the gate. It is written by `gate baseline` and only shrinks."""

import json
from collections.abc import Sequence
from pathlib import Path

from gate.errors import ConfigError
from gate.waiver import Waiver
from gate.writing import write_whole

FILE = "gate-baseline.json"
REASON = "known when the gate was adopted"


def read_baseline(root: Path) -> tuple[Waiver, ...]:
    """The lines of the project's baseline, each a waiver without an end; none where there is no file.

    Raises ConfigError for a file that is not what `gate baseline` writes: a broken one must not pass for an empty one.
    """
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"cannot read {FILE}: {fault}") from fault
    try:
        held = json.loads(text)
        rows = [(row["rule"], row["place"], row["fingerprint"]) for row in held["findings"]]
        sound = held["version"] == 1 and all(isinstance(word, str) for row in rows for word in row)
    except (ValueError, TypeError, KeyError, RecursionError):
        sound = False
    if not sound:
        raise ConfigError(f"{FILE} is not a baseline; delete it and write it again with `gate baseline`")
    lines = text.splitlines()
    return tuple(
        Waiver(rule, place, REASON, "baseline", None, mark, FILE, _line(lines, mark)) for rule, place, mark in rows
    )


def _line(lines: Sequence[str], mark: str) -> int:
    return next((number for number, line in enumerate(lines, 1) if json.dumps(mark) in line), 1)


def write_baseline(root: Path, rows: Sequence[tuple[str, str, str]]) -> Path:
    """Write rule, place and fingerprint of each, a line per finding, so that a review sees what goes; whole or not at all."""
    path = root / FILE
    keys = ("rule", "place", "fingerprint")
    lines = ",\n".join(f"    {json.dumps(dict(zip(keys, row, strict=True)))}" for row in sorted(rows))
    try:
        write_whole(path, f'{{\n  "version": 1,\n  "findings": [\n{lines}\n  ]\n}}\n'.encode())
    except OSError as fault:
        raise ConfigError(f"cannot write {FILE}: {fault.strerror}") from fault
    return path
