"""Every example of every rule's page: flagged lines are hit, and no others, with only that rule on."""

import contextlib
from typing import Any

import pytest

from gate.check import Check
from gate.checks import CHECKS, load_check
from gate.errors import Incomplete
from gate.finding import Hit, Span, Target
from gate.page import Example
from gate.rule import Rule, load_rules

CASES = [
    pytest.param(
        check,
        rule,
        example,
        id=f"{check.name}-{rule.id}-{number}",
        marks=[pytest.mark.postgres] * (name in {"rls", "smoke"}),
    )
    for name in CHECKS
    for check in [load_check(name)]
    for rule in load_rules(check.rules_package)
    for number, example in enumerate(rule.page.examples, 1)
]


def is_defect(case: Any) -> bool:
    """Whether the example is a flaw of the demo backend."""
    return bool(case.values[2].language == "defect")


def line_of(hit: Hit) -> int:
    match hit.place:
        case Span(_, line):
            return line
        case Target(_, Span(_, line)):
            return line
    return 0


@pytest.mark.parametrize(("check", "rule", "example"), [case for case in CASES if not is_defect(case)])
def test_a_page_tells_the_truth(check: Check, rule: Rule, example: Example) -> None:
    hits = [hit for subject in check.example(example) for hit in rule.judge(subject)]

    assert sorted(example.flagged) == sorted({line_of(hit) for hit in hits}), [hit.message for hit in hits]


@pytest.mark.parametrize(("check", "rule", "example"), [case for case in CASES if is_defect(case)])
def test_a_defect_is_caught_by_its_own_rule_and_by_no_other(check: Check, rule: Rule, example: Example) -> None:
    rules = load_rules(check.rules_package)
    caught = set()
    # A defect may keep other probes from telling anything; what was caught until then still counts.
    with contextlib.suppress(Incomplete):
        for subject in check.example(example):
            caught |= {one.id for one in rules if list(one.judge(subject))}

    assert caught == {rule.id}
