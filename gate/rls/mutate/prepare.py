"""Copies of the judged database with planted rows, one for each worker, and what all of them share."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import psycopg

from gate.config import Config
from gate.postgres import Connection, Server
from gate.rls.catalogue import read
from gate.rls.functions import Function, read_functions
from gate.rls.mutate.guards import Guard, read_guards, read_openers
from gate.rls.mutate.reach import CONDITIONS, FUNCTIONS, Reach, read_reach
from gate.rls.mutate.workbench import Workbench
from gate.rls.mutate.world import World
from gate.rls.ownership import owners
from gate.rls.schema import ROLES
from gate.rls.seeding import plant
from gate.rls.storage import buckets
from gate.rls.values import A, B

WORKERS = 2  # PostgreSQL does the work, in a process for each


def prepare(
    server: Server, source: str, config: Config, in_time: Callable[[], None] = lambda: None
) -> tuple[list[Workbench], tuple[Guard, ...]]:
    """The workers, and the guards to weaken. `source` is a database that holds the migrations and nothing else.

    `in_time` is asked before each step, then and later, and raises when there is no time for it.
    """
    copies = names(source)
    first = copies[0]
    server.clone(source, first)
    with server.connect(dbname=first) as db:
        relations = {relation.full_name: relation for relation in read(db, config.exposed_schemas)}
        owned = owners(tuple(relations.values()), config.owners)
        seeds = plant(db, tuple(relations.values()), owned, config, in_time)
        made = buckets(db)
        for bucket in made:
            db.execute(bucket.object(bucket.path(B, "gate"), B).encode())
            db.execute(bucket.object(bucket.path(A, "own"), A).encode())
        conditions: dict[str, str] = defaultdict(str)
        for name, text in db.execute(CONDITIONS):
            conditions[name] += f" {text}"
        bodies = {name: text or "" for name, _, text, _ in db.execute(FUNCTIONS)}
        world = World(db, config, relations, _functions(db, config), made, conditions, bodies, seeds, owned, in_time)
        world.caller.mark()
        behind = sorted({relation.schema for relation in relations.values()} - set(config.exposed_schemas))
        everything = read_guards(db, config.exposed_schemas, behind)
        openers = read_openers(db, [*config.exposed_schemas, *behind])
        reach = read_reach(db, tuple(relations.values()))
    guards = tuple(guard for guard in everything if guard.given and _meant(guard, reach, world))
    # What lies behind the exposed schemas guards them only where something of theirs leads there.
    guards = tuple(
        guard for guard in guards if guard.kind == "schema" or any(map(world.within_reach, reach.of(guard.table)))
    )
    benches: list[Workbench] = []
    for copy in copies[1:]:
        server.clone(first, copy)
    for copy in copies:
        own = replace(world, db=server.connect(dbname=copy))
        own.caller.told = world.caller.told
        benches.append(Workbench(own, everything, openers, reach, benches[0].open_anyway if benches else {}))
    return benches, guards


def names(source: str) -> tuple[str, ...]:
    """What the copies of a database are called."""
    return tuple(f"gate_mutants_{number}_{source}" for number in range(WORKERS))


def _meant(guard: Guard, reach: Reach, world: World) -> bool:
    """Whether it can be meant as a guard: a function that runs as its caller and touches no table guards none."""
    if guard.kind == "trigger" or guard.kind != "invoker":
        return True
    return any(guard.table in reach.of(name) for name in world.relations)


def _functions(db: Connection, config: Config) -> dict[str, Function]:
    """Those of the exposed schemas, with their callers; those that nobody may call have none."""
    found = {function.full_name: function for function in read_functions(db, config.exposed_schemas)}
    db.execute("begin")
    try:
        for schema in config.exposed_schemas:
            db.execute("savepoint gate_grant")
            try:
                line = psycopg.sql.SQL("grant execute on all functions in schema {} to {}")
                roles = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, ROLES))
                db.execute(line.format(psycopg.sql.Identifier(schema), roles))
            except psycopg.Error:
                db.execute("rollback to savepoint gate_grant")
        everything = read_functions(db, config.exposed_schemas)
    finally:
        db.execute("rollback")
    nobody = {f.full_name: replace(f, callers=frozenset[str]()) for f in everything}
    return nobody | found
