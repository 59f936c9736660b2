"""A remedy mends: pasted as one more migration the finding is gone, nothing worse appears, and Postgres accepts it."""

import re
from pathlib import Path

import pytest

from gate.audit.check import AUDIT, example_files
from gate.audit.locks import INSTEAD
from gate.audit.replay import replay, split
from gate.finding import Severity, Span
from gate.migration import Migration, Statement
from gate.page import Example
from gate.rule import Rule, load_rules
from tests.audit.judge import CONFIG, Judge

RULES = load_rules(AUDIT.rules_package)


def remedies(rule: Rule, example: Example) -> list[tuple[str, str]]:
    """The subjects of the example's findings that have a remedy, with it."""
    hits = [hit for catalog in AUDIT.example(example) for hit in rule.judge(catalog)]
    return sorted({(hit.subject, hit.remedy) for hit in hits if hit.remedy})


# Only those that have a remedy: the others have nothing to be tested for.
MENDED = [
    pytest.param(rule, example, found, id=f"{rule.id}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.page.examples, 1)
    if example.flagged and (found := remedies(rule, example))
]


PIECE = re.compile(r"^-- (?:instead of this statement|in a later migration).*:$", re.MULTILINE)


def replaced(rule: Rule, example: Example) -> str:
    """The example with what stands in the place of statements of a migration that is not released yet.

    Each piece of a remedy is headed by where it goes: there, or in a migration of its own behind the others.
    """
    lines = example.text.splitlines()
    behind: dict[str, None] = {}
    for hit in [hit for catalog in AUDIT.example(example) for hit in rule.judge(catalog)]:
        if hit.remedy and PIECE.match(hit.remedy) and isinstance(hit.place, Span):
            heads, pieces = PIECE.findall(hit.remedy), PIECE.split(hit.remedy)[1:]
            lines[hit.place.line - 1] = pieces[0].strip() if heads[0] == INSTEAD else ""
            behind |= dict.fromkeys(piece.strip() for piece in pieces[heads[0] == INSTEAD :])
    more = [f"-- file: {number}_behind.sql\n{piece}" for number, piece in enumerate(behind, 90)]
    return "\n".join([*lines, *more]) + "\n"


def mended(rule: Rule, example: Example, found: list[tuple[str, str]]) -> str:
    """The example with what mends it as its last migration, or in the place of what it mends."""
    if any(PIECE.match(remedy) for _, remedy in found):
        return replaced(rule, example)
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


@pytest.mark.parametrize(("rule", "example", "found"), MENDED)
def test_the_finding_is_gone_and_nothing_worse_has_come(
    rule: Rule, example: Example, found: list[tuple[str, str]]
) -> None:
    text = mended(rule, example, found)
    left = {
        hit.subject for catalog in AUDIT.example(Example("sql", text, frozenset(), 1)) for hit in rule.judge(catalog)
    }

    after = errors(text)
    before = errors(example.text) if any(after.values()) else {}

    assert not left & {subject for subject, _ in found}, text
    assert {one: more for one, subjects in after.items() if (more := subjects - before.get(one, set()))} == {}, text


def test_most_rules_can_say_what_mends() -> None:
    able = {one.id for case in MENDED if isinstance(one := case.values[0], Rule)}

    assert len(able) >= 60, sorted(able)


@pytest.mark.postgres
@pytest.mark.parametrize(("rule", "example", "found"), MENDED)
def test_postgres_accepts_it(judge: Judge, rule: Rule, example: Example, found: list[tuple[str, str]]) -> None:
    def statements(text: str) -> list[Statement]:
        return [one for migration in example_files(text) for one in split(migration)]

    # A test is a transaction, in which no index is made concurrently.
    text = mended(rule, example, found).replace("index concurrently", "index")
    after, differences = judge.compare_inside(statements(text))

    # What the embedded server lacks, such as an extension, it lacks in the remedy as well.
    refused = judge.compare_inside(statements(example.text))[0] if after else []
    assert set(after) <= {one for one in refused if one != "25001"}
    assert refused or differences == []


ROOT = Path(__file__).parents[2]
ANNA, BERT = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
PEOPLE = f"""
insert into auth.users (id) values ('{ANNA}'), ('{BERT}');
insert into public.profiles (id) values ('{ANNA}'), ('{BERT}');
insert into public.wallets (user_id, balance) values ('{ANNA}', 3), ('{BERT}', 5);
insert into public.jobs (user_id, kind, input_path) values
  ('{ANNA}', 'restore', 'uploads/{ANNA}/in.png'), ('{BERT}', 'restore', 'uploads/{BERT}/in.png');
insert into public.ledger (user_id, entry, amount) values ('{ANNA}', 'grant', 3), ('{BERT}', 'grant', 5);
"""
OWN = (
    "select from public.wallets",
    "select from public.jobs",
    "select from public.ledger",
    "update public.profiles set display_name = 'Anna'",
    f"insert into public.jobs (kind, input_path) values ('restore', 'uploads/{ANNA}/new.png')",
)
THEFT = (
    f"update public.wallets set balance = 9 where user_id = '{ANNA}'",
    f"select public.add_credits('{ANNA}', 9)",
    f"select from public.ledger where user_id = '{BERT}'",
    f"delete from public.jobs where user_id = '{BERT}'",
    f"select from public.job_feed where user_id = '{BERT}'",
)


def demo(*folders: str) -> list[Statement]:
    files = sorted(
        (path for one in folders for path in (ROOT / "demo" / one).glob("*.sql")), key=lambda path: path.name
    )
    return [one for path in files for one in split(Migration(path.name, path.read_text(encoding="utf-8")))]


def findings(statements: list[Statement], judge: Judge) -> list[tuple[str, str | None]]:
    catalog = replay(statements, CONFIG, judge.regime)
    return sorted((f"{rule.id} {hit.subject}", hit.remedy) for rule in RULES for hit in rule.judge(catalog))


@pytest.mark.postgres
def test_the_leaky_demo_is_mended_and_its_users_keep_what_is_theirs(judge: Judge) -> None:
    leaky = demo("supabase/migrations", "leaky/migrations")
    people = list(split(Migration("20400101000000_people.sql", PEOPLE)))
    remedy: list[Statement] = []
    for turn in range(2):  # what one flaw hid may show when it is mended
        found = findings([*leaky, *remedy], judge)
        text = "\n".join(dict.fromkeys(remedy for _, remedy in found if remedy))
        assert [found for found, remedy in found if not remedy] == []
        remedy += split(Migration(f"2040010{turn + 2}000000_mended.sql", text))

    before = judge.as_user([*leaky, *people], ANNA, [*OWN, *THEFT])
    after = judge.as_user([*leaky, *people, *remedy], ANNA, [*OWN, *THEFT])

    assert findings([*leaky, *remedy], judge) == []
    assert before[5:] == [1, 1, 1, 1, 1]
    assert after == [1, 1, 1, 1, 1, "42501", "42501", 0, 0, 0]


@pytest.mark.postgres
def test_the_sound_demo_has_nothing_to_mend(judge: Judge) -> None:
    assert findings(demo("supabase/migrations"), judge) == []
