"""The check: migrations applied to a fresh cluster, rows planted for A and B, everything tried."""

import atexit
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gate.audit.replay import split
from gate.check import Context
from gate.config import Config, Regime
from gate.errors import Incomplete
from gate.migration import Migration, Statement, no_migrations, read_migrations
from gate.page import Example
from gate.postgres import Server, apply
from gate.postgres.apply import Failure
from gate.postgres.lookalike import functions
from gate.postgres.server import OURS
from gate.rls.attempt import Attempt
from gate.rls.matrix import Matrix
from gate.rls.notes import Notes, merge
from gate.rls.one_database import attack, drop
from gate.rls.places import Places
from gate.rls.side_by_side import side_by_side

ORDER: tuple[Regime, ...] = ("explicit", "auto")  # of two like findings the first is kept; see Attempt.grants


@dataclass(frozen=True, slots=True)
class Rls:
    """The check `rls`."""

    name: str = "rls"
    summary: str = "attacks every table of an embedded Postgres as anon and as a stranger"
    rules_package: str = "gate.rls.rules"

    def subjects(self, context: Context) -> Iterator[Attempt]:
        """Every attempt in every grant regime."""
        config = context.config
        migrations = read_migrations(config)
        if not migrations:
            raise Incomplete(no_migrations(config))
        context.progress("reading the migrations")
        statements = [statement for migration in migrations for statement in split(migration)]
        made = Places(migrations, config)
        notebooks = {
            regime: Notes(Context(config, context.progress, context.deadline))
            for regime in sorted(config.regimes, key=ORDER.index)
        }
        works = [self._regime(context, notes, regime, statements, made) for regime, notes in notebooks.items()]
        matrix = Matrix()
        try:
            for attempt in side_by_side(works):
                context.examined()
                matrix.add(attempt)
                yield attempt
        finally:
            merge(context, list(notebooks.values()))
            context.record("regimes", list(config.regimes))
            context.record("matrix", matrix.value())
        notes = list(notebooks.values())[-1]
        summary = f"{notes.server} look-alike, grants: {' and '.join(config.regimes)}"
        context.record("summary", f"{summary}; {notes.seeded} of {notes.tables} tables seeded")

    def _regime(
        self, context: Context, notes: Notes, regime: Regime, statements: Sequence[Statement], made: Places
    ) -> Iterator[Attempt]:
        """Every attempt in one regime, on a server of its own. The server lives as long as the thread that starts it."""
        context.progress(f"starting PostgreSQL, {regime} grants")
        with Server.start(regime) as server:
            context.closing(server.stop)
            notes.server = f"PostgreSQL {server.version}"
            notes.context.record("server", f"local look-alike, {notes.server}")
            try:
                yield from self._attack(notes, server, statements, made)
            except psycopg.Error as fault:
                words = " ".join(str(fault).split())[:200] if server.alive() else "it died"
                raise Incomplete(f"the embedded PostgreSQL broke off in the middle: {words}") from fault
            if not server.alive():
                raise Incomplete("the embedded PostgreSQL died during the attack")

    def _attack(self, notes: Notes, server: Server, statements: Sequence[Statement], made: Places) -> Iterator[Attempt]:
        with server.connect(path=OURS) as db:
            before = functions(db)
        total = len(statements)
        counter = itertools.count(1)

        def before_each(_statement: Statement) -> None:
            number = next(counter)
            if number % 50 == 0:
                notes.context.progress(f"applying statement {number} of {total}, {server.regime} grants")
            notes.in_time("while applying the migrations")

        applied = apply(server, statements, before_each=before_each)
        for failure in applied.failures:
            notes.unjudged(str(failure.statement.place), f"did not apply: {failure.message}", blocking=decides(failure))
        yield from attack(notes, server, made, before)

    def example(self, example: Example) -> Iterator[Attempt]:
        """A page's SQL, applied and attacked in a database of its own.

        On its first line `-- public_tables: x` is config, and with `-- mutate` every guard is weakened instead.
        """
        first = example.text.partition("\n")[0]
        public = first.partition("public_tables:")[2].split()
        config = Config(Path(), exposed_schemas=("public",), public_tables=tuple(public))
        server = _shared()
        name = f"example_{next(_NUMBERS)}"
        server.clone("postgres", name)
        migration = Migration("example.sql", example.text)
        applied = apply(server, split(migration), dbname=name)
        if applied.failures:
            failed = applied.failures[0]
            raise Incomplete(f"line {failed.statement.place.line} of the example does not apply: {failed.message}")
        if first.split() == ["--", "mutate"]:
            from gate.rls.mutate.check import mutants_of

            yield from mutants_of(migration, config, server, name)
        else:
            yield from attack(Notes(Context(config)), server, Places([migration], config), {}, name)
            drop(server, name)


# What makes or guards something within reach. Rows, comments, indexes and the like may fail without a leak going unseen.
DECIDING = re.compile(
    r"(create(\s+or\s+replace)?(\s+unlogged|\s+materialized|\s+recursive)*\s+(table|view|policy|function|procedure|schema|role)"
    r"|(alter|drop)\s+(table|view|policy|function|procedure|schema|role|default\s+privileges|materialized)|grant|revoke|do)\b",
    re.IGNORECASE,
)
THERE_ALREADY = frozenset({"42P06", "42P07", "42701", "42710", "42723"})


def decides(failure: Failure) -> bool:
    """Whether a statement that did not apply could have made a leak, so that without it nothing is proven.

    What exists already is there to be attacked, and a second making of it fails on the platform as well.
    """
    return failure.sqlstate not in THERE_ALREADY and bool(DECIDING.match(failure.statement.text))


_NUMBERS = itertools.count(1)
_SERVERS: list[Server] = []


def _shared() -> Server:
    """One server for all examples of a process; each gets a database of its own."""
    if not _SERVERS or not _SERVERS[0].alive():
        _SERVERS[:] = [Server.start("auto")]
        atexit.register(_SERVERS[0].stop)
    return _SERVERS[0]


RLS = Rls()
