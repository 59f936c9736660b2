"""The JSON report: versioned, with a shape of its own, described by docs/report.schema.json."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any, TextIO

from gate.config import Config
from gate.finding import Finding, Place, Span, Target
from gate.outcome import Broken, Completed, Outcome, Skipped, Verdict, work_of
from gate.waiver import Waiver

VERSION = 1


def write_json(verdict: Verdict, _config: Config, file: TextIO) -> None:
    """Write the whole verdict. Keys are only ever added within one `version`."""
    write_values(as_json(verdict), file)


def write_values(values: object, file: TextIO) -> None:
    """Write JSON. In a log of GitHub Actions `##[` is a command, wherever it stands, and an escape says the same in JSON."""
    file.write(json.dumps(values, indent=2, ensure_ascii=True).replace("##[", "#\\u0023[") + "\n")


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The report as plain values."""
    from importlib.metadata import version

    return {
        "version": VERSION,
        "tool": {"name": "supagate", "version": version("supagate")},
        "source": _source(verdict),
        "verdict": verdict.word,
        "exit_code": verdict.exit_code,
        "rehearsal": verdict.rehearsal,
        "model_traffic": verdict.model_traffic,
        "model_smoke": verdict.model_smoke,
        "steps": [dict(row) for row in verdict.steps],
        "probes": [dict(row) for row in verdict.probes],
        "whole": verdict.whole,
        "required": list(verdict.required),
        "incomplete": list(verdict.missing),
        "waived": verdict.waived,
        "checks": [_outcome(outcome) for outcome in verdict.outcomes],
        "findings": [_finding(finding) for finding in verdict.findings],
    }


def _source(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.source is None:
        return None
    lists = {"modified": list(verdict.source.modified), "untracked": list(verdict.source.untracked)}
    return asdict(verdict.source) | lists | {"moved": verdict.moved}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    work = work_of(outcome)
    counts = Counter(finding.severity.value for finding in work.findings)
    match outcome:
        case Completed():
            status, reason = "completed", None
        case Skipped(_, why):
            status, reason = "skipped", why
        case Broken(_, problem, _):
            status, reason = "broken", problem
    return {
        "check": outcome.check,
        "status": status,
        "reason": reason,
        "examined": work.examined,
        "seconds": round(work.seconds, 3),
        "counts": {word: counts.get(word, 0) for word in ("error", "warning", "note")},
        "evidence": {key: value for key, value in work.evidence.items() if key not in {"steps", "probes"}},
        "unjudged": [
            {"what": item.what, "why": item.why, "blocking": item.blocking, "waived": _waived(item.waived)}
            for item in work.unjudged
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "check": finding.check,
        "severity": finding.severity.value,
        "message": finding.message,
        "subject": finding.subject,
        "place": _place(finding.place),
        "fingerprint": finding.fingerprint,
        "reproducer": finding.reproducer,
        "remedy": finding.remedy,
        "waived": _waived(finding.waived),
        "new": finding.new,
    }


def _waived(waiver: Waiver | None) -> dict[str, Any] | None:
    if waiver is None:
        return None
    until = waiver.until.isoformat() if waiver.until else None
    return {"reason": waiver.reason, "owner": waiver.owner, "until": until, "source": f"{waiver.source}:{waiver.line}"}


def _place(place: Place) -> dict[str, Any]:
    match place:
        case Span():
            return _span(place)
        case Target(name, span):
            return {"target": name} | (_span(span) if span else {})


def _span(span: Span) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": span.path, "line": span.line, "column": span.column}
    if span.end_line is not None:
        shown["end_line"] = span.end_line
    if span.end_column is not None:
        shown["end_column"] = span.end_column
    return shown
