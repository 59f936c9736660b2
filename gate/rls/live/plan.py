"""What there is to ask for: the migrations, applied to an embedded PostgreSQL, say which tables there are and whose rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gate.audit.replay import split
from gate.check import Context
from gate.config import Config
from gate.errors import ConfigError, Incomplete
from gate.finding import Span
from gate.migration import no_migrations, read_migrations
from gate.postgres import Connection, Server, apply
from gate.rls.actors import opening
from gate.rls.attack import PATIENCE
from gate.rls.catalogue import PLATFORM, read
from gate.rls.functions import Function, read_functions
from gate.rls.ownership import Owner, owners
from gate.rls.places import Places
from gate.rls.rows import Seeds
from gate.rls.schema import Relation
from gate.rls.seeding import plant
from gate.rls.server_says import ask
from gate.rls.statements import delete, where
from gate.rls.storage import Bucket, buckets
from gate.rls.values import B


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything of the exposed schemas that may be asked for, with its owners.

    `relations` has the tables that keys lead to as well; `seeds` are rows that satisfy the tables' constraints, as they were
    planted locally, and `removable` names the tables and buckets in which B may delete what is B's. Nothing of it has been compared with the project.
    """

    relations: Mapping[str, Relation]
    owned: Mapping[str, Owner]
    functions: tuple[Function, ...]
    buckets: tuple[Bucket, ...]
    seeds: Seeds
    removable: frozenset[str]
    places: Mapping[str, Span]
    shown: frozenset[str]

    def tables(self, config: Config) -> list[Relation]:
        """The tables to attack."""
        return [
            r
            for r in self.relations.values()
            if r.exposed and r.is_table and not r.partition_of and allowed(config, r.full_name)
        ]

    def views(self, config: Config) -> list[Relation]:
        """The views to look through."""
        return [r for r in self.relations.values() if r.exposed and r.kind in "vm" and allowed(config, r.full_name)]


def allowed(config: Config, name: str) -> bool:
    """Whether the project lets this be touched: by its full name, or without `public.`; everything where it names nothing."""
    return not config.live_tables or name in config.live_tables or name.removeprefix("public.") in config.live_tables


def make_plan(context: Context) -> Plan:
    """Apply the migrations locally and read what they make. Raises Incomplete where there are none."""
    config = context.config
    migrations = read_migrations(config)
    if not migrations:
        raise Incomplete(no_migrations(config))
    places = Places(migrations, config)
    context.progress("applying the migrations locally, to see what there is")
    with Server.start("auto") as server:
        context.closing(server.stop)
        apply(server, [statement for migration in migrations for statement in split(migration)])
        with server.connect() as db:
            relations = read(db, config.exposed_schemas)
            functions = read_functions(db, [name for name in config.exposed_schemas if name not in PLATFORM])
            made = buckets(db)
            owned = owners(relations, config.owners)
            seeds = plant(db, relations, owned, config)
            removable = _removable(db, relations, made, seeds)
    plan = Plan(
        {r.full_name: r for r in relations}, owned, functions, made, seeds, removable, places.made(), places.shown()
    )
    _known(config, plan)
    return plan


def _removable(db: Connection, relations: Sequence[Relation], made: Sequence[Bucket], seeds: Seeds) -> frozenset[str]:
    """Where B may delete what is B's, tried on what was planted."""
    tried: list[tuple[str, str, str]] = []
    for relation in relations:
        stored = seeds.stored.get((relation.full_name, B))
        if stored and (here := where(relation, stored, relation.primary_key)):
            tried.append((relation.full_name, relation.schema, delete(relation, here)))
    for bucket in made:
        path = bucket.path(B, "gate")
        db.execute(bucket.object(path, B).encode())
        tried.append((bucket.full_name, bucket.schema, f"delete from {bucket.sql} where {bucket.named(path)}"))  # noqa: S608
    found = set()
    for name, schema, statement in tried:
        script = "\n".join(["begin;", PATIENCE, *opening("B", schema), f"{statement};", "rollback;"])
        if ask(db, script, "delete", result=-2).answer == "let through":
            found.add(name)
    return frozenset(found)


def _known(config: Config, plan: Plan) -> None:
    """Raises ConfigError where live_tables names what there is not: a slip of the pen must not be silence."""
    there = {*plan.relations, *(b.name for b in plan.buckets), *(f"{f.schema}.{f.name}()" for f in plan.functions)}
    for name in config.live_tables:
        if name not in there and f"public.{name}" not in there:
            raise ConfigError(f"[tool.gate] live_tables names {name!r}, which the migrations do not make")
