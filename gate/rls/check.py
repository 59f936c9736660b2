"""The check: migrations applied to a fresh cluster, rows planted for A and B, everything tried."""

import atexit
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from gate.audit.replay import split
from gate.check import Context
from gate.config import Config, Regime
from gate.errors import Incomplete
from gate.migration import Migration, Statement, read_migrations
from gate.page import Example
from gate.postgres import Server, apply
from gate.postgres.apply import Failure
from gate.postgres.lookalike import changed, functions
from gate.postgres.server import OURS, USUAL
from gate.rls.attack import Attack
from gate.rls.attempt import Attempt
from gate.rls.call_all import call_all
from gate.rls.catalogue import PLATFORM, published, read
from gate.rls.functions import read_functions
from gate.rls.matrix import Matrix
from gate.rls.metadata import forge
from gate.rls.ownership import owners
from gate.rls.places import Places
from gate.rls.realtime import attack_channels
from gate.rls.rows import Seeds
from gate.rls.schema import Relation
from gate.rls.seeding import plant
from gate.rls.side_by_side import side_by_side
from gate.rls.sign_up import made_at_sign_up
from gate.rls.storage import attack_storage, buckets
from gate.rls.tenants import attack_tenants

ORDER: tuple[Regime, ...] = ("explicit", "auto")  # of two like findings the first is kept; see Attempt.grants
FRESH = "gate_fresh"
EMPTY = ("graphql_public",)  # exposed by default, and without tables


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
        self, context: Context, notes: "Notes", regime: Regime, statements: Sequence[Statement], made: Places
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

    def _attack(
        self, notes: "Notes", server: Server, statements: Sequence[Statement], made: Places
    ) -> Iterator[Attempt]:
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


@dataclass(slots=True)
class Notes:
    """What the attack keeps for the report, in a notebook of its own for each regime, as regimes run side by side."""

    context: Context
    server: str = ""
    tables: int = 0
    seeded: int = 0

    def unjudged(self, what: str, why: str, *, blocking: bool = False) -> None:
        """List it. See `Context.unjudged` for `blocking`."""
        self.context.unjudged(what, why, blocking=blocking)

    def in_time(self, when: str) -> None:
        """Stop when the time is up."""
        if self.context.remaining() == 0:
            raise Incomplete(f"ran out of time {when}")

    def record(self, regime: Regime, key: str, value: object) -> None:
        """Keep evidence of one regime."""
        self.context.evidence.setdefault("by_regime", {}).setdefault(regime, {})[key] = value


def merge(context: Context, notebooks: Sequence[Notes]) -> None:
    """Put what was noted in each regime into one: what they share once, and of what differs the last one's."""
    said = set()
    for notes in notebooks:
        by_regime = context.evidence.get("by_regime", {}) | notes.context.evidence.get("by_regime", {})
        context.evidence.update(notes.context.evidence)
        context.record("by_regime", by_regime)
        for item in notes.context.not_judged:
            if (item.what, item.why) not in said:
                said.add((item.what, item.why))
                context.unjudged(item.what, item.why, blocking=item.blocking)


def attack(
    notes: Notes, server: Server, made: Places, before: dict[str, str], dbname: str = "postgres"
) -> Iterator[Attempt]:
    """Plant rows in one database and try everything on it; its copy stays as the migrations left it."""
    context, config = notes.context, notes.context.config
    fresh = f"{FRESH}_{dbname}"
    with server.connect(dbname=dbname, path=OURS) as db:
        touched = changed(before, functions(db))
        if touched:
            raise Incomplete(
                f"a migration replaced {touched[0]}; with a changed platform every attack may look refused"
            )
        relations = read(db, config.exposed_schemas)
        callable_functions = read_functions(db, config.exposed_schemas)
        sent = published(db)
    attacked = [relation for relation in relations if relation.exposed]
    tables = [relation for relation in attacked if relation.is_table]
    if not tables:
        raise Incomplete(f"there is no table in {', '.join(config.exposed_schemas)}, so there is nothing to attack")
    owned = owners(relations, config.owners)
    context.record("functions", len(callable_functions))
    server.clone(dbname, fresh)
    with (
        server.connect(dbname=dbname, path=USUAL) as admin,
        server.connect(dbname=fresh, path=USUAL) as clean,
        server.connect("authenticator", dbname, path=USUAL) as api,
    ):
        context.progress(f"planting rows in {len(tables)} tables, {server.regime} grants")
        seeds = plant(admin, relations, owned, config, lambda: notes.in_time("while planting rows"))
        known = {relation.full_name: relation for relation in relations}
        forge(admin, seeds, known)
        chosen = representatives(tables, seeds)
        context.record("partitions_alike", len(tables) - len(chosen))
        _record(notes, attacked, chosen, owned, seeds)
        at_sign_up = made_at_sign_up(clean, known, owned)
        work = Attack(api, admin, clean, config, server.regime, known, seeds, owned, made.made(), at_sign_up, sent)
        for number, table in enumerate(chosen, 1):
            if number % 20 == 0:
                context.progress(f"attacking {number} of {len(chosen)} tables, {server.regime} grants")
            notes.in_time(f"after {number - 1} of {len(chosen)} tables")
            if table.full_name not in seeds.failed:
                yield from work.table(table)
        yield from work.led()
        yield from attack_tenants(work)
        context.progress(f"looking through the views, {server.regime} grants")
        yield from work.views()
        context.progress(f"calling the functions, {server.regime} grants")
        yield from call_all(work, callable_functions, lambda: notes.in_time("while calling the functions"))
        context.progress(f"trying the buckets, {server.regime} grants")
        context.record("buckets", len(buckets(admin)))
        yield from attack_storage(work)
        yield from attack_channels(work)
    for name, words in work.unreachable.items():
        notes.unjudged(name, _why_unreachable(known[name], words))
    for what, why in work.unjudged:
        notes.unjudged(what, why)
    notes.record(server.regime, "not_reachable_even_for_the_owner", sorted(work.unreachable))


def _why_unreachable(table: Relation, words: str) -> str:
    """Why not even the owner of a row can reach it, with the grant that is missing where there are policies to use it."""
    why = "not even its owner can reach a row there, so that strangers cannot proves little"
    if words.startswith("42501: permission denied for table") and table.policed:
        return f"{why}; its policies wait for `grant select on {table.sql} to authenticated;`"
    return why


def drop(server: Server, dbname: str) -> None:
    """Forget a database that was attacked, and its copy."""
    with server.connect(dbname="template1") as db:
        for name in (dbname, f"{FRESH}_{dbname}"):
            db.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def representatives(tables: Sequence[Relation], seeds: Seeds) -> list[Relation]:
    """The tables to attack: of the partitions of one table that are guarded alike only one, with rows if any has."""
    chosen: dict[tuple[str, str], Relation] = {}
    for table in tables:
        mark = (table.partition_of or table.full_name, table.guard if table.partition_of else "")
        if mark not in chosen or chosen[mark].full_name in seeds.failed:
            chosen[mark] = table
    return list(chosen.values())


def _record(
    notes: Notes, attacked: Sequence[Relation], chosen: Sequence[Relation], owned: Mapping[str, Any], seeds: Seeds
) -> None:
    tables = [table.full_name for table in chosen]
    failed = [name for name in tables if name in seeds.failed]
    notes.tables, notes.seeded = len(tables), len(tables) - len(failed)
    for name in failed:
        notes.unjudged(name, f"could not be seeded: {seeds.failed[name]}", blocking=True)
    for relation in attacked:
        if relation.kind == "f":
            notes.unjudged(relation.full_name, "a foreign table: its rows lie elsewhere")
    for schema in notes.context.config.exposed_schemas:
        if schema in PLATFORM and schema not in EMPTY:
            notes.unjudged(schema, "a schema of the platform's own that is exposed; its tables are not attacked")
    record = notes.context.record
    record("tables", len(tables))
    record("views", sum(relation.kind in "vm" for relation in attacked))
    record("seeded", notes.seeded)
    record("without_a_row_of_A", {name: why for name, why in seeds.withheld.items() if name in tables})
    record("owners", {name: f"{owned[name].column}: {owned[name].reason}" for name in tables if name in owned})
    record("shared", [name for name in tables if name not in owned])


_NUMBERS = itertools.count(1)
_SERVERS: list[Server] = []


def _shared() -> Server:
    """One server for all examples of a process; each gets a database of its own."""
    if not _SERVERS or not _SERVERS[0].alive():
        _SERVERS[:] = [Server.start("auto")]
        atexit.register(_SERVERS[0].stop)
    return _SERVERS[0]


RLS = Rls()
