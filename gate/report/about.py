"""What reports say of a rule: its summary, what an attacker gains, and its page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gate.config import CHECKS
from gate.finding import Severity
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


def rules_of(verdict: Verdict) -> Mapping[str, About]:
    """Every rule of the checks in a verdict, by id; those of its findings too, where they are of another version."""
    names = list(dict.fromkeys(outcome.check for outcome in verdict.outcomes))
    found = {about.rule: about for name in names for about in _rules(name)}
    for finding in verdict.findings:
        if finding.rule not in found:
            words = finding.rule.replace("-", " ").capitalize() + "."
            found[finding.rule] = About(finding.rule, finding.check, finding.severity, words, "", "", words)
    return found


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
