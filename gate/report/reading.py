"""Reads a JSON report back: the inverse of `json_format`."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from gate.check import Unjudged
from gate.errors import UsageError
from gate.finding import Finding, Place, Severity, Span, Target
from gate.outcome import Broken, Completed, Outcome, Skipped, Verdict, Work
from gate.report.json_format import VERSION
from gate.source import Source
from gate.waiver import Waiver

T = TypeVar("T")
LARGEST = 256 * 1024 * 1024  # bytes; a report of ten thousand findings has some ten million


def read_report(path: Path) -> Verdict:
    """The verdict that a JSON report holds; its exit code is derived anew, and not read.

    Raises UsageError for a file that is not a report of this version.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} is too large for a report")
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["version"] != VERSION:
            raise UsageError(f"{path} is a report of version {held['version']!r}; this gate reads {VERSION}")
        return _verdict(held)
    except OSError as fault:
        raise UsageError(
            f"cannot read {path}: {fault.strerror}; `gate run --report json:{path}` writes a report"
        ) from fault
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        raise UsageError(
            f"{path} is not a JSON report of this gate; write one with --report json:{path.name}"
        ) from fault


def _verdict(held: Mapping[str, Any]) -> Verdict:
    findings = [_finding(row) for row in held["findings"]]
    steps = {"steps": held["steps"], "probes": held["probes"]}
    outcomes = tuple(_outcome(row, findings, steps) for row in held["checks"])
    if {f.check for f in findings} - {o.check for o in outcomes if not isinstance(o, Skipped)}:
        raise ValueError("a finding of a check that did not run")
    required = tuple(_text(name) for name in held["required"])
    source, moved = _source(held["source"])
    return Verdict(outcomes, required, whole=_is(held["whole"], bool), source=source, moved=moved)


def _source(row: Mapping[str, Any] | None) -> tuple[Source | None, bool]:
    if row is None:
        return None, False
    commit, tree, migrations = (
        None if row[key] is None else _text(row[key]) for key in ("commit", "tree", "migrations")
    )
    modified, untracked = (tuple(_text(path) for path in row[key]) for key in ("modified", "untracked"))
    state = (modified, untracked, _text(row["state"]))
    source = Source(_text(row["time"]), _text(row["config"]), commit, tree, migrations, *state)
    return source, _is(row["moved"], bool)


def _outcome(row: Mapping[str, Any], findings: list[Finding], steps: Mapping[str, Any]) -> Outcome:
    check = _text(row["check"])
    evidence = dict(_is(row["evidence"], dict)) | (dict(steps) if check == "smoke" else {})
    work = Work(
        examined=_is(row["examined"], int),
        findings=tuple(finding for finding in findings if finding.check == check),
        evidence=evidence,
        unjudged=tuple(_unjudged(item) for item in row["unjudged"]),
        seconds=float(row["seconds"]),
    )
    match row["status"]:
        case "completed":
            return Completed(check, work)
        case "skipped":
            return Skipped(check, _text(row["reason"]))
        case "broken":
            return Broken(check, _text(row["reason"]), work)
    raise ValueError("no such status")


def _unjudged(item: Mapping[str, Any]) -> Unjudged:
    return Unjudged(
        _text(item["what"]), _text(item["why"]), _is(item["blocking"], bool), _waiver(item["waived"], "", "")
    )


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        rule=_text(row["rule"]),
        check=_text(row["check"]),
        severity=Severity(row["severity"]),
        place=_place(row["place"]),
        message=_text(row["message"]),
        subject=_text(row["subject"]),
        fingerprint=_text(row["fingerprint"]),
        reproducer=None if row["reproducer"] is None else _text(row["reproducer"]),
        remedy=None if row["remedy"] is None else _text(row["remedy"]),
        waived=_waiver(row["waived"], _text(row["rule"]), _text(row["subject"])),
        new=None if row["new"] is None else _is(row["new"], bool),
    )


def _place(row: Mapping[str, Any]) -> Place:
    span = None
    if "path" in row:
        ends = (row.get("end_line"), row.get("end_column"))
        span = Span(_text(row["path"]), _is(row["line"], int), _is(row["column"], int), *ends)
    if "target" in row:
        return Target(_text(row["target"]), span)
    if span is None:
        raise ValueError("a finding without a place")
    return span


def _waiver(row: Mapping[str, Any] | None, rule: str, place: str) -> Waiver | None:
    if row is None:
        return None
    until = None if row["until"] is None else date.fromisoformat(row["until"])
    source, _, line = _text(row["source"]).rpartition(":")
    return Waiver(rule, place, _text(row["reason"]), _text(row["owner"]), until, source=source, line=int(line))


def _text(value: object) -> str:
    return _is(value, str)


def _is(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError
    return value
