"""The attack on one database that holds the migrations: rows planted, everything tried, what could not be judged said."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from psycopg import sql

from gate.errors import Incomplete
from gate.postgres import Server
from gate.postgres.lookalike import changed, functions
from gate.postgres.server import OURS, USUAL
from gate.rls.attack import Attack
from gate.rls.attempt import Attempt
from gate.rls.bookings import attack_bookings
from gate.rls.call_all import call_all, marked_caller
from gate.rls.catalogue import PLATFORM, published, read, usable
from gate.rls.functions import read_functions
from gate.rls.metadata import forge
from gate.rls.notes import Notes
from gate.rls.ownership import owners
from gate.rls.places import Places
from gate.rls.realtime import attack_channels
from gate.rls.rows import Seeds
from gate.rls.schema import Relation
from gate.rls.seeding import plant
from gate.rls.sign_up import made_at_sign_up
from gate.rls.storage import attack_storage, buckets
from gate.rls.tenants import attack_tenants
from gate.rls.through_views import attack_views

FRESH = "gate_fresh"
EMPTY = ("graphql_public",)  # exposed by default, and without tables


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
        sent, used = published(db), usable(db)
    attacked = [relation for relation in relations if relation.exposed]
    tables = [relation for relation in attacked if relation.is_table]
    if not tables:
        raise Incomplete(f"there is no table in {', '.join(config.exposed_schemas)}, so there is nothing to attack")
    owned = owners(relations, config.owners)
    context.record("functions", len(callable_functions))
    context.record("open_once_exposed", [r.full_name for r in relations if not r.exposed and _granted(r, used)])
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
        work = Attack(
            api, admin, clean, config, server.regime, known, seeds, owned, made.made(), at_sign_up, sent, made.shown()
        )
        for number, table in enumerate(chosen, 1):
            if number % 20 == 0:
                context.progress(f"attacking {number} of {len(chosen)} tables, {server.regime} grants")
            notes.in_time(f"after {number - 1} of {len(chosen)} tables")
            if table.full_name not in seeds.failed:
                yield from work.table(table)
        yield from attack_tenants(work)
        yield from work.led()
        context.progress(f"looking through the views, {server.regime} grants")
        yield from attack_views(work)
        context.progress(f"calling the functions, {server.regime} grants")
        caller = marked_caller(work)
        yield from call_all(work, caller, callable_functions, lambda: notes.in_time("while calling the functions"))
        yield from attack_bookings(work, caller)
        context.progress(f"trying the buckets, {server.regime} grants")
        context.record("buckets", len(buckets(admin)))
        yield from attack_storage(work)
        yield from attack_channels(work)
    for name, words in work.unreachable.items():
        notes.unjudged(name, _why_unreachable(known[name], words))
    for what, why in work.unjudged:
        notes.unjudged(what, why)
    notes.record(server.regime, "not_reachable_even_for_the_owner", sorted(work.unreachable))
    notes.record(server.regime, "for_the_server_only", sorted(work.server_only))


def _why_unreachable(table: Relation, words: str) -> str:
    """Why not even the owner of a row can reach it, with the grant that is missing where there are policies to use it."""
    why = "not even its owner can reach a row there, so that strangers cannot proves little"
    if words.startswith("42501: permission denied for table") and table.policed:
        return f"{why}; its policies wait for `grant select on {table.sql} to authenticated;`"
    return why


def _granted(relation: Relation, usable: Collection[str]) -> bool:
    """Whether only the list of exposed schemas keeps an API role from a table or view."""
    return relation.schema in usable and any(c.selects or c.inserts or c.updates for c in relation.columns)


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
