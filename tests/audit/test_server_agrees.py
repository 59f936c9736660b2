"""The replayed catalog is the one that a real Postgres holds after the same SQL, in both grant regimes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.audit.check import example_files
from gate.audit.replay import parser, split
from gate.migration import Migration, Statement
from gate.page import Example
from gate.rule import load_rules
from tests.audit.judge import Judge

pytestmark = pytest.mark.postgres
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = sorted((HERE / "cases").glob("*.sql"))
REFUSED = {  # what these pages are about, and what cannot run in the transaction of a test
    "statement-does-not-parse": {"42601"},
    "history-incomplete": {"42P01"},
    "drop-database": {"25001"},
    "vacuum-full": {"25001"},
    "migration-does-not-apply": {"42P07", "2BP01", "42P01"},
    "released-migration-changed": {"42P07"},
    "policy-unknown-column": {"42703"},
    "enum-value-used-in-same-transaction": {"55P04"},
}
EXAMPLES = [
    pytest.param(example, REFUSED.get(rule.id, set()), id=f"{rule.id}-{number}")
    for package in ("gate.audit.rules", "gate.rls.rules")
    for rule in load_rules(package)
    for number, example in enumerate(rule.page.examples, 1)
    if example.language == "sql"
]


def split_case(path: Path) -> Iterator[Statement]:
    r"""A case's files: a line `-- file: NAME` begins the next one."""
    name = "1.sql"
    lines: list[str] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), "-- file: end"]:
        if line.startswith("-- file: "):
            yield from split(Migration(name, "\n".join(lines) + "\n"))
            name, lines = line.removeprefix("-- file: "), []
        else:
            lines.append(line)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_on_an_awkward_case(judge: Judge, path: Path) -> None:
    """A case says in its first line how many statements the server refuses, where it refuses any."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    refused = int(first.split("refused:")[1]) if "refused:" in first else 0

    statements = list(split_case(path))
    copies = any(one.tree and parser.packed_kind(one.tree) == "CopyStmt" for one in statements)
    if copies or len({one.place.path for one in statements}) > 1:  # each file has a connection of its own
        applied, found = judge.compare(statements)
        refusals = [one.sqlstate for one in applied.failures]
    else:
        refusals, found = judge.compare_inside(statements)

    assert found == []
    assert len(refusals) == refused, refusals


@pytest.mark.parametrize(("example", "refused"), EXAMPLES)
def test_on_every_example_of_every_page(judge: Judge, example: Example, refused: set[str]) -> None:
    text = example.text.replace("index concurrently", "index")  # a test is one transaction
    statements = [one for migration in example_files(text) for one in split(migration)]

    refusals, found = judge.compare_inside(statements)

    # A policy that names a column which no file made is replayed all the same: production may have the column.
    assert found == [] or refusals == ["42703"]
    assert set(refusals) <= refused


def histories() -> list[tuple[Path, ...]]:
    """The sound demo's migrations, and those of the leaky twin, which come on top of them."""
    sound = ROOT / "demo/supabase/migrations"
    twins = sorted(ROOT.glob("demo/*/migrations"))
    assert sound in twins, "demo/supabase/migrations is gone"
    return [(sound,), *((sound, twin) for twin in twins if twin != sound)]


@pytest.mark.parametrize("folders", histories(), ids=lambda folders: folders[-1].parent.name)
def test_on_the_demo(judge: Judge, folders: tuple[Path, ...]) -> None:
    files = sorted((path for folder in folders for path in folder.glob("*.sql")), key=lambda path: path.name)
    assert all(any(path.parent == folder for path in files) for folder in folders), "a folder holds no migration"
    statements = [one for path in files for one in split(Migration(path.name, path.read_text(encoding="utf-8")))]

    applied, found = judge.compare(statements)

    assert found == []
    assert [one.message for one in applied.failures] == []


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 120
