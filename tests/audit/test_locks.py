"""Every example of the rules about locks, run on a real server: a line is hit exactly where a table is read whole under a lock."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

import psycopg
import pytest

from gate.audit.check import AUDIT, example_release
from gate.audit.replay import split
from gate.audit.since import part
from gate.migration import Migration, Statement
from gate.page import Example
from gate.postgres import Connection, Server
from gate.rule import Rule, load_rules

pytestmark = pytest.mark.postgres
ABOUT_LOCKS = {
    "check-validated-at-once",
    "concurrent-index-in-transaction",
    "domain-constraint",
    "foreign-key-validated-at-once",
    "index-without-concurrently",
    "matview-refresh-blocking",
    "not-null-scan",
    "table-rewritten",
    "unique-or-primary-key-build",
    "vacuum-full",
}
RULES = [rule for rule in load_rules(AUDIT.rules_package) if rule.id in ABOUT_LOCKS]
EXAMPLES = [(rule, example) for rule in RULES for example in rule.page.examples]
ALONE = re.compile(r"\bindex concurrently\b|\bvacuum\b")
# What keeps others from writing; a materialized view has no writers, so there only what keeps others from reading counts.
HELD = """
select c.relname from pg_locks as l join pg_class as c on c.oid = l.relation
where l.pid = pg_backend_pid() and c.relkind in ('r', 'p', 'm') and (l.mode = 'AccessExclusiveLock'
  or (c.relkind <> 'm' and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock')))
"""
READ = "select relname, seq_scan from pg_stat_xact_user_tables where schemaname = 'public'"
FILES = (
    "select relname, relfilenode from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'm')"
)


@dataclass
class Watch:
    """A database that met the older migrations, and what the newer ones do to its tables."""

    db: Connection
    old: set[str]
    blocked: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)

    def run(self, statement: Statement) -> None:
        """Run one statement, and note whether it read or wrote an old table whole while it held others off."""
        read, files = self.pairs(READ), self.pairs(FILES)
        line = statement.place.line
        try:
            self.db.execute(statement.text.encode())
        except psycopg.Error as refusal:
            self.refused[line] = refusal.sqlstate or "?"
            self.db.execute("rollback")
            return
        rewritten = {name for name, number in self.pairs(FILES).items() if files.get(name, number) != number}
        scanned = {name for name, count in self.pairs(READ).items() if count > read.get(name, 0)}
        held = {row[0] for row in self.db.execute(HELD).fetchall()}
        if self.old & ((held & scanned) | rewritten):
            self.blocked.add(line)

    def pairs(self, query: str) -> dict[str, int]:
        """A query's rows of name and number."""
        return {str(name): int(number) for name, number in self.db.execute(query.encode()).fetchall()}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server.start("auto") as one:
        yield one


def watched(server: Server, older: list[Statement], newer: list[Statement]) -> Watch:
    """Each newer file is one transaction, but for statements that the platform's tool runs by themselves."""
    with server.connect() as db:
        db.execute("drop schema public cascade")
        db.execute("create schema public")
        for statement in older:
            db.execute(statement.text.encode())
        watch = Watch(db, set())
        watch.old = set(watch.pairs(FILES))
        for _, file in groupby(newer, key=lambda one: one.place.path):
            statements = list(file)
            begins = any(one.text == "begin" for one in statements)
            apart = not begins and any(ALONE.search(one.text) for one in statements)
            if not apart:
                db.execute("begin")
            for statement in statements:
                if statement.text not in {"begin", "commit"}:
                    watch.run(statement)
            if not apart:
                db.execute("commit")
        return watch


def parted(example: Example) -> tuple[list[Statement], list[Statement]]:
    migrations, since = example_release(example.text)
    assert since
    found = part(migrations, since)

    def statements(files: tuple[Migration, ...]) -> list[Statement]:
        return [one for file in files for one in split(file)]

    return statements(found.older), statements(found.newer)


def hit(rule: Rule, example: Example) -> set[int]:
    return {hit.place.line for catalog in AUDIT.example(example) for hit in rule.judge(catalog)}  # type: ignore[union-attr]


def test_the_rules_say_what_the_server_does(server: Server) -> None:
    wrong = []
    for rule, example in EXAMPLES:
        watch = watched(server, *parted(example))
        blocking = set().union(*(hit(one, example) for one in RULES if one.id != "concurrent-index-in-transaction"))
        if watch.blocked != blocking:
            wrong.append((rule.id, example.text, sorted(watch.blocked), sorted(blocking), watch.refused))

    assert wrong == []


def test_concurrently_is_refused_in_a_transaction_of_the_file(server: Server) -> None:
    rule = next(one for one in RULES if one.id == "concurrent-index-in-transaction")
    refused = {}
    for number, example in enumerate(rule.page.examples):
        watch = watched(server, *parted(example))
        refused[number] = (watch.refused, hit(rule, example))

    assert refused == {0: ({4: "25001"}, {4}), 1: ({}, {4}), 2: ({}, set())}


def test_there_is_something_to_run() -> None:
    assert {rule.id for rule in RULES} == ABOUT_LOCKS
    assert len(EXAMPLES) >= 25
