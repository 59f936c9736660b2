"""The HTML report: one file that needs no network, for people who want to see what was tried and why."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from itertools import groupby
from typing import Any, TextIO

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from gate.config import Config
from gate.finding import Finding, Severity, Span, Target
from gate.outcome import Broken, Completed, Outcome, Skipped, Verdict, work_of
from gate.report import matrix, timeline
from gate.report.about import About, rules_of
from gate.report.excerpt import Line, Pieces, coloured, excerpt
from gate.report.plain import plain

WHOLE = 250_000  # bytes for findings in full, about; what is milder than those is named in a line
ROOM = 700_000  # bytes for all of them; what is milder still is only counted
LISTED = 200  # things not judged, and guards weakened


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the page shows it: an anchor, where it is, its lines of SQL. `whole` says that there was room for those."""

    id: str
    finding: Finding
    where: str
    lines: tuple[Line, ...] = ()
    remedy: tuple[Line, ...] = ()
    whole: bool = False

    @property
    def reproducer(self) -> str:
        """What shows the problem, where there is room."""
        return (self.finding.reproducer or "") if self.whole else ""


@dataclass(frozen=True, slots=True)
class Section:
    """A rule and what it found."""

    about: About
    severity: Severity
    found: tuple[Shown, ...]


def write_html(verdict: Verdict, config: Config, file: TextIO) -> None:
    """Write the page."""
    style, script = _part("report.css"), _part("report.js")
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"
    sections, left_out = _sections(verdict, config)
    shown = [one for section in sections for one in section.found]
    rls = next(
        (work_of(outcome) for outcome in verdict.outcomes if outcome.check == "rls"), work_of(Skipped("rls", ""))
    )
    mutants = sorted((rls.evidence.get("mutations") or {}).get("rows", ()), key=lambda row: row["result"] == "killed")
    doubts = [(outcome.check, item) for outcome in verdict.outcomes for item in work_of(outcome).unjudged]
    file.write(
        _template().render(
            policy=policy,
            style=Markup(style),  # noqa: S704 - our own files, named by their digests in the page's policy
            script=Markup(script),  # noqa: S704 - see above
            version=version("supagate"),
            verdict=verdict,
            errors=sum(finding.blocks for finding in verdict.findings),
            results=[(outcome, _result(outcome, verdict), work_of(outcome)) for outcome in verdict.outcomes],
            severities=[severity.value for severity in reversed(Severity)],
            sections=sections,
            left_out=left_out,
            short=not all(one.whole for one in shown),
            anchors={one.finding.fingerprint: one.id for one in shown},
            groups=matrix.picture(rls),
            steps=tuple(timeline.steps(verdict)),
            metrics=timeline.metrics,
            probes=tuple(timeline.probes(verdict)),
            ledger=timeline.ledger(verdict),
            evidence=rls.evidence,
            mutations=rls.evidence.get("mutations"),
            mutants=mutants[:LISTED],
            more_mutants=max(0, len(mutants) - LISTED),
            doubts=doubts[:LISTED],
            more_doubts=max(0, len(doubts) - LISTED),
        )
    )
    file.write("\n")


def _sections(verdict: Verdict, config: Config) -> tuple[tuple[Section, ...], int]:
    """The findings by rule, worst first, and how many had no room at all."""
    rules = rules_of(verdict)
    ordered = sorted(verdict.findings, key=lambda f: (f.waived is not None, -f.severity.rank, f.check, f.rule))
    used = 0
    shown: list[Shown] = []
    for number, finding in enumerate(ordered, 1):
        bare = Shown(f"f{number}", finding, _where(finding.place))
        full = _in_full(bare, config) if used + _weight(bare) < WHOLE else bare
        one = full if used + _weight(full) < WHOLE else bare
        used += _weight(one)
        if used > ROOM:
            break
        shown.append(one)

    def by_rule(one: Shown) -> tuple[bool, int, str, str]:
        return (one.finding.waived is not None, -one.finding.severity.rank, one.finding.check, one.finding.rule)

    sections = []
    for _, group in groupby(shown, key=by_rule):
        found = tuple(group)
        sections.append(Section(rules[found[0].finding.rule], found[0].finding.severity, found))
    return tuple(sections), len(ordered) - len(shown)


def _in_full(bare: Shown, config: Config) -> Shown:
    remedy = [*coloured(bare.finding.remedy)] if bare.finding.remedy else []
    return replace(bare, lines=excerpt(bare.finding, config), remedy=_numbered(remedy), whole=True)


def _numbered(lines: Sequence[Pieces]) -> tuple[Line, ...]:
    return tuple(Line(number, pieces) for number, pieces in enumerate(lines, 1))


def _weight(shown: Shown) -> int:
    """About how many bytes it takes; a coloured piece has a tag of its own."""
    finding = shown.finding
    lines = [*shown.lines, *shown.remedy]
    named = 230 + len(finding.message) + len(shown.where) + len(finding.subject)
    return named + sum(len(text) + 25 for line in lines for _, text in line.pieces) + len(shown.reproducer)


def _where(place: Span | Target) -> str:
    match place:
        case Span(path, line, column):
            return f"{path}:{line}:{column}"
        case Target(name, span):
            return f"{name}, made at {span}" if span else name


def _result(outcome: Outcome, verdict: Verdict) -> tuple[str, str]:
    """A word for the check and the colour it has."""
    match outcome:
        case Skipped():
            return ("skipped", "bad") if outcome.check in verdict.required else ("not required", "quiet")
        case Broken():
            return "incomplete", "bad"
        case Completed(_, work) if work.examined == 0:
            return "examined nothing", "bad"
        case Completed(_, work):
            return ("failed", "bad") if any(finding.blocks for finding in work.findings) else ("passed", "good")


def _prose(text: str) -> Markup:
    """A paragraph of a rule's page: what stands between backticks is code."""
    pieces = plain(text).split("`")
    parts = [
        Markup("<code>{}</code>").format(piece) if number % 2 else escape(piece) for number, piece in enumerate(pieces)
    ]
    return Markup("").join(parts)


@cache
def _template() -> Any:  # noqa: ANN401 - jinja2's templates have no type worth naming here
    surroundings = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=_safe
    )
    surroundings.filters["prose"] = _prose
    return surroundings.from_string(_part("report.html"))


def _safe(value: object) -> object:
    """Every value that is text: control characters and the like are shown as escapes."""
    return plain(value, lines=True) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _part(name: str) -> str:
    return (files("gate.report") / "page" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
