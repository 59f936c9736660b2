"""The replayed catalog is the one that a real Postgres holds after the same SQL, in both grant regimes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.audit.replay import split
from gate.config import load_config
from gate.migration import Migration, Statement, read_migrations
from gate.page import Example
from gate.rule import load_rules
from tests.audit.judge import Judge

pytestmark = pytest.mark.postgres
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = sorted((HERE / "cases").glob("*.sql"))
EXAMPLES = [
    pytest.param(example, id=f"{rule.id}-{number}")
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

    applied, found = judge.compare(list(split_case(path)))

    assert found == []
    assert len(applied.failures) == refused, [(one.statement.place.line, one.message) for one in applied.failures]


@pytest.mark.parametrize("example", EXAMPLES)
def test_on_every_example_of_every_page(judge: Judge, example: Example) -> None:
    applied, found = judge.compare(split(Migration("example.sql", example.text)))

    assert found == []
    assert [one.message for one in applied.failures if one.sqlstate != "42601"] == []


def demos() -> list[Path]:
    folder = ROOT / "demo"
    if not folder.is_dir():
        return []
    found = sorted(path.parent for path in folder.rglob("supabase/migrations") if path.is_dir())
    assert found, "demo/ has no supabase/migrations"
    return [path.parent for path in found]


@pytest.mark.parametrize("root", demos(), ids=lambda root: root.name)
def test_on_the_demo(judge: Judge, root: Path) -> None:
    config = load_config(root)
    migrations = read_migrations(config)
    assert migrations
    statements = [statement for migration in migrations for statement in split(migration)]

    applied, found = judge.compare(statements, config)

    assert found == []
    assert [one.message for one in applied.failures] == []


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 40
