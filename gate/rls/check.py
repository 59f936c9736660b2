"""The attack: migrations applied to a fresh cluster, rows planted for A and B, everything tried."""

import atexit
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gate.audit.replay import replay, split
from gate.check import Context
from gate.config import Config, Regime
from gate.errors import Incomplete
from gate.finding import Span
from gate.migration import Migration, Statement, read_migrations
from gate.page import Example
from gate.postgres import Server, apply
from gate.postgres.lookalike import changed, functions
from gate.rls.attack import Attacker, Attempt
from gate.rls.ownership import owners
from gate.rls.schema import read
from gate.rls.seeding import plant


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
            raise Incomplete(f"no migrations in {config.relative(config.migrations)}, so there is nothing to attack")
        statements = [statement for migration in migrations for statement in split(migration)]
        for regime in config.regimes:
            context.progress(f"starting PostgreSQL, {regime} grants")
            with Server.start(regime) as server:
                context.closing(server.stop)
                context.record("server", f"local look-alike, PostgreSQL {server.version}")
                yield from self._attack(context, server, statements)
        summary = f"PostgreSQL {server.version} look-alike, grants: {' and '.join(config.regimes)}"
        context.record("summary", summary)
        context.record("regimes", list(config.regimes))

    def _attack(self, context: Context, server: Server, statements: Sequence[Statement]) -> Iterator[Attempt]:
        with server.connect() as db:
            before = functions(db)
        total = len(statements)
        counter = itertools.count(1)

        def before_each(_statement: Statement) -> None:
            number = next(counter)
            if number % 50 == 0:
                context.progress(f"applying statement {number} of {total}, {server.regime} grants")
            if context.remaining() == 0:
                raise Incomplete("ran out of time while applying the migrations")

        applied = apply(server, statements, before_each=before_each)
        for failure in applied.failures:
            context.unjudged(str(failure.statement.place), f"did not apply: {failure.message}")
        try:
            yield from attack(context, server, places(statements, context.config, server.regime), before)
        except psycopg.OperationalError as fault:
            raise Incomplete(f"the embedded PostgreSQL broke off: {' '.join(str(fault).split())[:200]}") from fault

    def example(self, example: Example) -> Iterator[Attempt]:
        """A page's SQL, applied and attacked in a database of its own."""
        config = Config(Path(), exposed_schemas=("public",))
        server = _shared()
        name = f"example_{next(_NUMBERS)}"
        server.clone("postgres", name)
        statements = split(Migration("example.sql", example.text))
        applied = apply(server, statements, dbname=name)
        if applied.failures:
            first = applied.failures[0]
            raise Incomplete(f"line {first.statement.place.line} of the example does not apply: {first.message}")
        yield from attack(Context(config), server, places(statements, config, server.regime), {}, name)


def attack(
    context: Context, server: Server, made: Mapping[str, Span], before: dict[str, str], dbname: str = "postgres"
) -> Iterator[Attempt]:
    """Plant rows in one database and try everything on it."""
    config = context.config
    with server.connect(dbname=dbname) as db:
        touched = changed(before, functions(db))
        if touched:
            raise Incomplete(
                f"a migration replaced {touched[0]}; with a changed platform every attack may look refused"
            )
        relations = read(db, config.exposed_schemas)
        tables = [relation for relation in relations if relation.is_table]
        if not tables:
            raise Incomplete(f"there is no table in {', '.join(config.exposed_schemas)}, so there is nothing to attack")
        owned = owners(relations, config.owners)
        context.progress(f"planting rows in {len(tables)} tables")
        seeds = plant(db, relations, owned)
    for table, why in seeds.failed.items():
        context.unjudged(table, f"could not be seeded ({why})")
    context.record("tables", len(tables))
    context.record("seeded", len(tables) - len(seeds.failed))
    context.record("owners", {name: f"{owner.column}: {owner.reason}" for name, owner in sorted(owned.items())})
    with server.connect("authenticator", dbname) as db:
        attacker = Attacker(db, config, server.regime, seeds, owned, made)
        for number, relation in enumerate(relations, 1):
            if number % 20 == 0:
                context.progress(f"attacking {number} of {len(relations)} tables and views, {server.regime} grants")
            if context.remaining() == 0:
                raise Incomplete(f"ran out of time after {number - 1} of {len(relations)} tables and views")
            for attempt in attacker.attempts(relation):
                context.examined()
                yield attempt
        for what, why in attacker.silent:
            context.unjudged(what, why)


def places(statements: Sequence[Statement], config: Config, regime: Regime) -> dict[str, Span]:
    """Where each table and view was made, through the audit's catalog."""
    catalog = replay(statements, config, regime)
    made = {str(table.name): table.place for table in catalog.tables.values()}
    return made | {str(view.name): view.place for view in catalog.views.values()}


_NUMBERS = itertools.count(1)
_SERVERS: list[Server] = []


def _shared() -> Server:
    """One server for all examples of a process; each gets a database of its own."""
    if not _SERVERS or not _SERVERS[0].alive():
        _SERVERS[:] = [Server.start("auto")]
        atexit.register(_SERVERS[0].stop)
    return _SERVERS[0]


RLS = Rls()
