"""Shows the changes as a diff, asks, and writes them: a file at a time, each whole or not at all."""

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gate.errors import GateError
from gate.init.changes import Change
from gate.report.plain import plain
from gate.writing import write_whole


def offer(root: Path, found: Sequence[Change], *, yes: bool) -> str:
    """Show what would be written and write it, once the user has said yes; the answer is the last line for the user."""
    if not found:
        return "everything is there already; `gate doctor` looks whether it works"
    for change in found:
        click.echo(_diff(change), nl=False)
    if not yes:
        if not sys.stdin.isatty():
            return "nothing was written: `gate init --yes` writes this"
        if not click.confirm(f"\nWrite {len(found)} file{'s' * (len(found) != 1)}?"):
            return "nothing was written"
    for change in found:
        _write(root / change.path, change.after)
    return f"written: {', '.join(change.path for change in found)}. Next: gate doctor, then gate run"


def _diff(change: Change) -> str:
    lines = difflib.unified_diff(
        change.before.splitlines(),
        change.after.splitlines(),
        change.path if change.before else "/dev/null",
        change.path,
        lineterm="",
    )
    return "".join(f"{plain(line)}\n" for line in lines)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as fault:
        raise GateError(f"cannot write {path.name}: {fault.strerror}") from fault
