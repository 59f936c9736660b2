"""SARIF 2.1.0: the archive with everything in it, and what GitHub code scanning takes as an upload.

A result that an upload lacks counts as mended there, and a suppressed one as open. So the upload has no run of a check that
is incomplete, and nothing that is waived; the archive has both, marked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO
from urllib.parse import quote

from gate.config import Config
from gate.finding import Finding, Severity, Span, Target
from gate.outcome import Broken, Completed, Outcome, Skipped, Verdict, work_of
from gate.report.about import About, rules_of
from gate.report.excerpt import excerpt
from gate.report.json_format import write_values
from gate.report.plain import plain
from gate.report.whereabouts import span_of

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
KEPT = 5_000  # results of a run that GitHub keeps; it refuses more than 25,000
LONGEST = 1_024  # characters of a description
# GitHub asks for a number: over 9.0 is critical, from 7.0 high, from 4.0 medium. Ours is one severity for both.
SCORE = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
PRECISION = {Severity.ERROR: "high", Severity.WARNING: "high", Severity.NOTE: "medium"}
PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}


def write_sarif(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write the archive: every check that was asked, every finding."""
    asked = [one for one in verdict.outcomes if one.check in verdict.required or not isinstance(one, Skipped)]
    there = {outcome.check for outcome in asked}
    asked += [Skipped(name, "did not run") for name in verdict.required if name not in there]
    _write([_run(outcome, verdict, config, upload=False) for outcome in asked], file)


def write_upload(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write what `github/codeql-action/upload-sarif` takes: complete checks only, nothing waived, worst first.

    Of a project that changed while it was judged no check is complete.
    """
    complete = [outcome for outcome in verdict.outcomes if _complete(outcome) and not verdict.moved]
    _write([_run(outcome, verdict, config, upload=True) for outcome in complete], file)


def _write(runs: Sequence[Mapping[str, Any]], file: TextIO) -> None:
    write_values({"$schema": SCHEMA, "version": "2.1.0", "runs": runs}, file)


def _run(outcome: Outcome, verdict: Verdict, config: Config, *, upload: bool) -> dict[str, Any]:
    from importlib.metadata import version

    work = work_of(outcome)
    found = sorted(work.findings, key=lambda finding: -finding.severity.rank)
    if upload:
        found = [finding for finding in found if finding.waived is None]
    shown = found[:KEPT] if upload else found
    rules = [about for about in rules_of(verdict).values() if about.check == outcome.check]
    places = {about.rule: number for number, about in enumerate(rules)}
    notices = list(_notices(outcome, len(found) - len(shown)))
    driver = {
        "name": "supagate",
        "semanticVersion": version("supagate"),
        "rules": [_rule(about) for about in rules],
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"gate/{outcome.check}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": _complete(outcome), "toolExecutionNotifications": notices}],
        "results": [_result(finding, places, config, upload=upload) for finding in shown],
    }


def _complete(outcome: Outcome) -> bool:
    return isinstance(outcome, Completed) and outcome.work.examined > 0


def _notices(outcome: Outcome, left_out: int) -> Iterator[dict[str, Any]]:
    """What the run has to say of itself: why it is incomplete, and what it could not judge."""
    match outcome:
        case Broken(_, problem, _):
            yield _notice("error", f"incomplete: {problem}")
        case Skipped(_, reason):
            yield _notice("error", f"not run: {reason}")
        case Completed(_, work) if not work.examined:
            yield _notice("error", "examined nothing")
    for item in work_of(outcome).unjudged:
        words = f"not judged: {item.what}: {item.why}"
        level = "warning" if item.waived is None else "note"
        yield _notice(level, f"{words} (waived: {item.waived.reason})" if item.waived else words)
    if left_out:
        yield _notice("note", f"{left_out} milder results are left out here; the archive has them all")


def _notice(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": plain(text)}}


def _rule(about: About) -> dict[str, Any]:
    full = f"{about.summary} {about.gain}".strip()
    friendly = "".join(word.capitalize() for word in about.rule.split("-"))
    name = (
        {"name": friendly} if friendly.lower() != about.rule else {}
    )  # one like the id says nothing, and is not allowed
    return {
        "id": about.rule,
        **name,
        "shortDescription": {"text": _cut(about.summary)},
        "fullDescription": {"text": _cut(full)},
        "help": {"text": about.page, "markdown": about.page},
        "defaultConfiguration": {"level": about.severity.value},
        "properties": {
            "tags": ["security", "supabase", about.check],
            "precision": PRECISION[about.severity],
            "problem.severity": PROBLEM[about.severity],
            "security-severity": SCORE[about.severity],
        },
    }


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _result(finding: Finding, places: Mapping[str, int], config: Config, *, upload: bool) -> dict[str, Any]:
    text = _unlinked(plain(finding.message))
    if upload and finding.remedy:  # the platform shows nothing else of a result
        text += f"\n\nTo mend it:\n{_unlinked(plain(finding.remedy, lines=True))}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": finding.severity.value,
        "message": {"text": text},
        "locations": [_location(finding, config)],
        "partialFingerprints": {"primaryLocationLineHash": line_hash(finding.fingerprint)},
    }
    if upload:
        return result
    if finding.new is not None:
        result["baselineState"] = "new" if finding.new else "unchanged"
    if lines := excerpt(finding, config):
        text = "\n".join("".join(piece for _, piece in line.pieces) for line in lines)
        result["locations"][0]["physicalLocation"]["region"]["snippet"] = {"text": text}
    result["fingerprints"] = {"gate/v1": finding.fingerprint}
    # One result with this property wants it of all: an empty list says "not suppressed", and none says "not known".
    result["suppressions"] = [_suppression(finding)] if finding.waived else []
    more = {"remedy": finding.remedy, "reproducer": finding.reproducer}
    result["properties"] = {key: plain(text, lines=True) for key, text in more.items() if text}
    return result


def _suppression(finding: Finding) -> dict[str, Any]:
    assert finding.waived is not None
    waiver = finding.waived
    until = f"until {waiver.until}" if waiver.until else "in the baseline"
    words = plain(f"{waiver.reason} ({waiver.owner}, {until})")
    return {"kind": "external", "status": "accepted", "justification": words}


def _location(finding: Finding, config: Config) -> dict[str, Any]:
    span = span_of(finding, config)
    logical = [{"fullyQualifiedName": plain(finding.subject)}]
    if isinstance(finding.place, Target) and finding.place.name != finding.subject:
        logical.append({"fullyQualifiedName": plain(finding.place.name)})
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri_of(span.path), "uriBaseId": "%SRCROOT%"},
            "region": _region(span),
        },
        "logicalLocations": logical,
    }


def _region(span: Span) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": span.line, "startColumn": span.column}
    if span.end_line is not None:
        region["endLine"] = span.end_line
    if span.end_column is not None:
        region["endColumn"] = span.end_column
    return region


def uri_of(path: str) -> str:
    """A path as a relative address."""
    return quote(path.encode("utf-8", "surrogateescape").lstrip(b"/"))


def line_hash(fingerprint: str) -> str:
    """Our fingerprint in the form of GitHub's own: digest, colon, number of the repeat from 1."""
    _, digest, *repeat = fingerprint.split(":")
    return f"{digest}:{int(repeat[0]) + 1 if repeat else 1}"


def _unlinked(text: str) -> str:
    """`[x](y)` in a message is a link to whoever shows it; names in migrations must not make any."""
    return re.sub(r"\](?=\()", "] ", text)
