"""What reports say of a rule: its summary, what an attacker gains, and its page."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from gate.config import CHECKS
from gate.finding import Finding, Severity
from gate.outcome import Verdict
from gate.rule import Rule

MEND = "To mend it:"
DEFECTS = re.compile(r"```defect\n.*?\n```\n+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class About:
    """A rule as a reader meets it: `gain` is the paragraph under the summary, `mend` what to do, `page` the whole in Markdown."""

    rule: str
    check: str
    severity: Severity
    summary: str
    gain: str
    mend: str
    page: str


class Rules(Mapping[str, About]):
    """Every rule of the checks in a verdict, by id; those of its findings too, where they are of another version.

    One alone is read from its file: to load a rule is to load the engine of its check, which may not have been needed.
    """

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._known: dict[str, About] = {}

    def __getitem__(self, rule: str) -> About:
        if rule not in self._known:
            finding = next((one for one in self._verdict.findings if one.rule == rule), None)
            found = finding and (_read(finding.check, rule) or _unknown(finding))
            self._known[rule] = found or self._all()[rule]
        return self._known[rule]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> Mapping[str, About]:
        names = list(dict.fromkeys(outcome.check for outcome in self._verdict.outcomes))
        found = {about.rule: about for name in names for about in _rules(name)}
        return found | {f.rule: _unknown(f) for f in self._verdict.findings if f.rule not in found}


def rules_of(verdict: Verdict) -> Mapping[str, About]:
    """The rules of a verdict's checks and findings."""
    return Rules(verdict)


def _unknown(finding: Finding) -> About:
    words = finding.rule.replace("-", " ").capitalize() + "."
    return About(finding.rule, finding.check, finding.severity, words, "", "", words)


@cache
def _read(check: str, rule: str) -> About | None:
    from gate.checks import load_check
    from gate.rule import read_rule

    if check not in (*CHECKS, "waivers"):
        return None
    try:
        known = read_rule(load_check(check).rules_package, rule)
    except Exception:  # noqa: BLE001 - as below
        return None
    return about(known, check) if known else None


@cache
def _rules(check: str) -> tuple[About, ...]:
    from gate.checks import load_check
    from gate.rule import load_rules

    if check not in (*CHECKS, "waivers"):
        return ()
    try:
        return tuple(about(rule, check) for rule in load_rules(load_check(check).rules_package))
    except Exception:  # noqa: BLE001 - a check that cannot be loaded is broken, and its report must say so all the same
        return ()


def about(rule: Rule, check: str) -> About:
    """A rule's page in parts. Blocks that name a flaw of the demo are for its tests; to a reader they say nothing."""
    page = DEFECTS.sub("", rule.page.text).strip()
    paragraphs = page.split("\n\n")
    second = paragraphs[1] if len(paragraphs) > 1 else ""
    gain = "" if second.startswith(("```", MEND, "Peers:")) else " ".join(second.split())
    mend = next((" ".join(one.split()) for one in reversed(paragraphs) if one.startswith(MEND)), "")
    return About(rule.id, check, rule.severity, rule.page.summary, gain, mend.removeprefix(MEND).strip(), page)
