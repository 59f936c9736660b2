"""GitLab: the code quality report, which a merge request shows beside its lines, and the SAST report of its security tab.

A vulnerability that a SAST report lacks counts as mended, and one that is there as open: so what is waived is left out there
always, and an incomplete check makes the scan a failed one.
"""

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any, TextIO

from gate.config import Config
from gate.finding import Finding, Severity
from gate.outcome import Verdict, work_of
from gate.report.about import About, rules_of
from gate.report.json_format import write_values
from gate.report.markup import block, words
from gate.report.plain import plain
from gate.report.whereabouts import in_repository, line_of, span_of

SCHEMA = "15.0.7"
QUALITY = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}
RISK = {Severity.ERROR: "High", Severity.WARNING: "Medium", Severity.NOTE: "Info"}
LONGEST_NAME, LONGEST_REMEDY = 255, 7_000


def write_code_quality(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write the code quality report. What is waived is there, mildly; a check that is incomplete is a blocker."""
    rows = [_missing(reason, config) for reason in verdict.missing]
    write_values(rows + [_issue(finding, config) for finding in verdict.findings], file)


def _issue(finding: Finding, config: Config) -> dict[str, Any]:
    span = span_of(finding, config)
    waiver = finding.waived
    said = f"waived ({waiver.reason}): {finding.message}" if waiver else finding.message
    return {
        "description": plain(said),
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint.removeprefix("g1:"),
        "severity": "info" if waiver else QUALITY[finding.severity],
        "location": {"path": plain(span.path), "lines": {"begin": span.line, "end": span.end_line or span.line}},
    }


def _missing(reason: str, config: Config) -> dict[str, Any]:
    check = reason.partition(": ")[0]
    span = in_repository(line_of(check, config), config)
    return {
        "description": plain(f"the gate cannot say: {reason}"),
        "check_name": "incomplete",
        "fingerprint": hashlib.sha256(f"incomplete {check}".encode(errors="surrogatepass")).hexdigest(),
        "severity": "blocker",
        "location": {"path": span.path, "lines": {"begin": span.line}},
    }


def write_sast(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write the SAST report."""
    from importlib.metadata import version

    rules = rules_of(verdict)
    began, ended = _times(verdict)
    us = {"id": "supagate", "name": "supagate", "version": version("supagate"), "vendor": {"name": "supagate"}}
    scan = {
        "analyzer": us,
        "scanner": us,
        "type": "sast",
        "status": "failure" if verdict.missing else "success",
        "start_time": began,
        "end_time": ended,
        "messages": [{"level": "fatal", "value": plain(reason)} for reason in verdict.missing],
    }
    found = [_vulnerability(f, rules[f.rule], config) for f in verdict.findings if f.waived is None]
    write_values({"version": SCHEMA, "scan": scan, "vulnerabilities": found}, file)


def _vulnerability(finding: Finding, about: About, config: Config) -> dict[str, Any]:
    span = span_of(finding, config)
    parts = [words(finding.message), about.gain]
    parts += [block(finding.reproducer, "sql")] if finding.reproducer else []
    row = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, finding.fingerprint)),
        "category": "sast",
        "name": about.summary.rstrip(".")[:LONGEST_NAME],
        "message": plain(finding.message),
        "description": "\n\n".join(filter(None, parts)),
        "severity": RISK[finding.severity],
        "scanner": {"id": "supagate", "name": "supagate"},
        "location": {
            "file": plain(span.path),
            "start_line": span.line,
            "end_line": span.end_line or span.line,
        },
        "identifiers": [{"type": "supagate_rule", "name": finding.rule, "value": finding.rule}],
    }
    if finding.remedy and len(finding.remedy) <= LONGEST_REMEDY:
        row["solution"] = plain(finding.remedy, lines=True)
    return row


def _times(verdict: Verdict) -> tuple[str, str]:
    """When the scan began and ended, as GitLab writes times."""
    longest = max((work_of(outcome).seconds for outcome in verdict.outcomes), default=0.0)
    now = datetime.now(UTC)
    began = datetime.fromisoformat(verdict.source.time) if verdict.source else now
    ended = datetime.fromtimestamp(began.timestamp() + longest, UTC) if verdict.source else now
    return f"{began:%Y-%m-%dT%H:%M:%S}", f"{ended:%Y-%m-%dT%H:%M:%S}"
