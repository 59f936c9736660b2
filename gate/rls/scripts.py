"""`gate rls --repro DIR`: the SQL that shows each leak, and the pgTAP test that passes once it is closed."""

import re
from collections.abc import Iterable
from pathlib import Path

from gate.errors import GateError
from gate.finding import Finding
from gate.rls.tap import as_test

HEAD = "-- {message}\n-- Run it on a database that holds the migrations and nothing else.\n"


def write_scripts(findings: Iterable[Finding], folder: Path) -> tuple[Path, ...]:
    """Write them, named by rule and subject, the test beside each; files of other names are left alone.

    Raises GateError where the folder cannot be written.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for finding in findings:
            if finding.reproducer is None:
                continue
            path = folder / _name(finding, {path.name for path in written})
            message = " ".join(finding.message.split())
            path.write_text(HEAD.format(message=message) + finding.reproducer, encoding="utf-8", newline="\n")
            written.append(path)
            if test := as_test(finding.reproducer, message):
                path.with_suffix(".test.sql").write_text(test, encoding="utf-8", newline="\n")
    except OSError as fault:
        raise GateError(f"cannot write the reproducers to {folder}: {fault.strerror}") from fault
    return tuple(written)


def _name(finding: Finding, taken: set[str]) -> str:
    """Words that every file system takes, told apart by a number where they must be."""
    subject = re.sub(r"[^A-Za-z0-9_.]+", "-", finding.subject).strip("-.")[:120]
    stem = f"{finding.rule}.{subject}"
    number = 2
    name = f"{stem}.sql"
    while name in taken:
        name, number = f"{stem}.{number}.sql", number + 1
    return name
