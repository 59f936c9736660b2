"""The waivers, judged after the checks: each with what it covers now."""

import difflib
import pkgutil
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.util import find_spec

from gate.check import Context, Unjudged
from gate.config import CHECKS
from gate.finding import Finding, Severity, Span
from gate.outcome import Completed, Outcome, Work, work_of
from gate.page import Example
from gate.waiver import NOT_JUDGED, Waiver, read_waivers, today


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiver and what became of it. `rules` are all rules there are; `covers` says how much it covers in this run.

    `asked` says whether this run could have met what it covers: one check alone, or one that broke, proves nothing.
    """

    waiver: Waiver
    rules: frozenset[str]
    covers: int
    asked: bool

    @property
    def place(self) -> Span:
        """Where the waiver is written."""
        return Span(self.waiver.source, self.waiver.line)

    @property
    def subject(self) -> str:
        """The waiver's identity: what it covers."""
        return f"{self.waiver.rule} {self.waiver.place} {self.waiver.fingerprint or ''}".strip()


@dataclass(frozen=True, slots=True)
class Waivers:
    """The pseudo-check `waivers`: it looks at the outcomes of the others, and only where the project has waived anything."""

    outcomes: Sequence[Outcome] = ()
    whole: bool = False
    name: str = "waivers"
    summary: str = "judges the accepted findings themselves"
    rules_package: str = "gate.waivers.rules"

    def subjects(self, context: Context) -> Iterator[Standing]:
        """One per waiver and line of the baseline."""
        waivers = context.config.waive
        context.examined(len(waivers))
        baseline = sum(waiver.baseline for waiver in waivers)
        context.record("summary", f"{len(waivers) - baseline} waivers, {baseline} in the baseline")
        yield from standings(waivers, self.outcomes, whole=self.whole)

    def example(self, example: Example) -> Iterator[Standing]:
        """Waivers in TOML. `# found: RULE PLACE` says what the checks found, `# days later: N` what day it is."""
        lines = example.text.splitlines()
        found = [line.removeprefix("# found: ").partition(" ") for line in lines if line.startswith("# found: ")]
        later = sum(int(line.removeprefix("# days later: ")) for line in lines if line.startswith("# days later: "))
        table = tomllib.loads(example.text.replace("TODAY", today().isoformat()))
        starts = [number for number, line in enumerate(lines, 1) if line.startswith("[[")]
        entries = read_waivers(table.get("waive", table.get("baseline", [])), 90, "pyproject.toml", starts)
        waivers = [_aged(waiver, later, baseline="baseline" in table) for waiver in entries]
        findings = [
            Finding(rule, "audit", Severity.ERROR, Span("x.sql", 1), "", place, "g1:0") for rule, _, place in found
        ]
        yield from standings(waivers, [Completed(name, Work(1, tuple(findings))) for name in CHECKS], whole=True)


def _aged(waiver: Waiver, days: int, *, baseline: bool) -> Waiver:
    """The waiver as it looks some days later, and as a line of the baseline where it is one."""
    assert waiver.until is not None
    until: date | None = None if baseline else waiver.until - timedelta(days=days)
    return replace(waiver, until=until, owner="baseline" if baseline else waiver.owner)


def standings(waivers: Sequence[Waiver], outcomes: Sequence[Outcome], *, whole: bool) -> Iterator[Standing]:
    """Each waiver beside what the checks of this run said."""
    rules = rule_ids()
    every = frozenset(rule for ids in rules.values() for rule in ids) | {NOT_JUDGED}
    completed = {outcome.check for outcome in outcomes if isinstance(outcome, Completed)}
    sure = {rule for check in completed if whole for rule in rules.get(check, ())}
    if whole and all(check in completed for check in CHECKS):
        sure.add(NOT_JUDGED)
    findings = [finding for outcome in outcomes for finding in work_of(outcome).findings]
    doubts = [doubt for outcome in outcomes for doubt in work_of(outcome).unjudged if doubt.blocking]
    for waiver in waivers:
        yield Standing(waiver, every, _covered(waiver, findings, doubts), waiver.rule in sure)


def _covered(waiver: Waiver, findings: Sequence[Finding], doubts: Sequence[Unjudged]) -> int:
    if waiver.rule == NOT_JUDGED:
        return sum(waiver.covers_doubt(doubt.what) for doubt in doubts)
    return sum(waiver.covers(finding.rule, finding.subject, finding.fingerprint) for finding in findings)


def rule_ids() -> dict[str, tuple[str, ...]]:
    """The ids of every check's rules, read from the names of their files: nothing is loaded for it."""
    found = {}
    for check in CHECKS:
        spec = find_spec(f"gate.{check}.rules")
        folders = spec.submodule_search_locations if spec else None
        found[check] = tuple(module.name.replace("_", "-") for module in pkgutil.iter_modules(folders or []))
    return found


def no_such_rule(name: str, known: Iterable[str]) -> str:
    """The sentence about a name that no rule has: the nearest one, or where they are listed."""
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"no rule is called {name!r}; {f'did you mean {close[0]!r}?' if close else '`gate rules` lists them'}"


WAIVERS = Waivers()
