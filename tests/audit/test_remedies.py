"""A remedy mends: pasted as one more migration the finding is gone, nothing worse appears, and Postgres accepts it."""

import pytest

from gate.audit.check import AUDIT, example_files
from gate.audit.replay import split
from gate.finding import Severity
from gate.migration import Statement
from gate.page import Example
from gate.rule import Rule, load_rules
from tests.audit.judge import Judge

RULES = load_rules(AUDIT.rules_package)
FLAGGED = [
    pytest.param(rule, example, id=f"{rule.id}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.page.examples, 1)
    if example.flagged
]


def remedies(rule: Rule, example: Example) -> list[tuple[str, str]]:
    """The subjects of the example's findings that have a remedy, with it."""
    hits = [hit for catalog in AUDIT.example(example) for hit in rule.judge(catalog)]
    return sorted({(hit.subject, hit.remedy) for hit in hits if hit.remedy})


def mended(example: Example, found: list[tuple[str, str]]) -> str:
    """The example with what mends it as its last migration."""
    lines = "\n".join(dict.fromkeys(remedy for _, remedy in found))
    return f"{example.text}-- file: 9_mended.sql\n{lines}\n"


def errors(text: str) -> dict[str, set[str]]:
    """What the rules call an error in some SQL: rule to subjects, in any regime."""
    found: dict[str, set[str]] = {}
    for catalog in AUDIT.example(Example("sql", text, frozenset(), 1)):
        for rule in RULES:
            hits = (hit for hit in rule.judge(catalog) if (hit.severity or rule.severity) is Severity.ERROR)
            found.setdefault(rule.id, set()).update(hit.subject for hit in hits)
    return found


@pytest.mark.parametrize(("rule", "example"), FLAGGED)
def test_the_finding_is_gone_and_nothing_worse_has_come(rule: Rule, example: Example) -> None:
    found = remedies(rule, example)
    text = mended(example, found)
    left = {
        hit.subject for catalog in AUDIT.example(Example("sql", text, frozenset(), 1)) for hit in rule.judge(catalog)
    }

    before, after = errors(example.text), errors(text)

    assert not left & {subject for subject, _ in found}, text
    assert {one: subjects - before[one] for one, subjects in after.items() if subjects - before[one]} == {}, text


def test_most_rules_can_say_what_mends() -> None:
    able = {rule.id for rule in RULES for one in rule.page.examples if one.flagged and remedies(rule, one)}

    assert len(able) >= 20, sorted(able)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("rule", "example"),
    [case for case in FLAGGED if remedies(case.values[0], case.values[1])],  # type: ignore[arg-type]
)
def test_postgres_accepts_it(judge: Judge, rule: Rule, example: Example) -> None:
    def statements(text: str) -> list[Statement]:
        return [one for migration in example_files(text) for one in split(migration)]

    refused, _ = judge.compare_inside(statements(example.text))
    after, differences = judge.compare_inside(statements(mended(example, remedies(rule, example))))

    assert after == refused
    assert differences == []
