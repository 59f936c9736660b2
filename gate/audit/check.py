"""The audit: every migration replayed in each grant regime, and rules put to the catalogs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gate.audit.catalog import Catalog
from gate.audit.replay import replay, split
from gate.audit.replay.platform import PLATFORM
from gate.check import Context
from gate.config import Config, Regime
from gate.errors import Incomplete
from gate.migration import Migration, read_migrations
from gate.page import Example

BOTH: tuple[Regime, ...] = ("auto", "explicit")


@dataclass(frozen=True, slots=True)
class Audit:
    """The check `audit`."""

    name: str = "audit"
    summary: str = "replays the SQL migrations into a catalog and puts rules to it"
    rules_package: str = "gate.audit.rules"

    def subjects(self, context: Context) -> Iterator[Catalog]:
        """One catalog per grant regime."""
        config = context.config
        migrations = read_migrations(config)
        shown = config.relative(config.migrations)
        if not migrations:
            raise Incomplete(f"no migrations in {shown}; set `supabase` in [tool.gate] to the folder that holds them")
        context.progress(f"parsing {len(migrations)} migrations")
        statements = [statement for migration in migrations for statement in split(migration)]
        if not statements:
            raise Incomplete(f"the migrations in {shown} hold no statement")
        context.examined(len(statements))
        regimes = list(config.regimes)
        context.record("files", len(migrations))
        context.record("statements", len(statements))
        context.record("regimes", regimes)
        context.record(
            "summary", f"{len(migrations)} file{'s' * (len(migrations) != 1)}, grants: {' and '.join(regimes)}"
        )
        for number, regime in enumerate(regimes):
            context.progress(f"replaying with {regime} grants")
            # Each regime gets parse trees of its own: following a rename changes them.
            fresh = statements if number == 0 else [s for migration in migrations for s in split(migration)]
            catalog = replay(fresh, config, regime)
            if number == 0:
                _not_judged(context, catalog)
                _something_to_judge(catalog, shown)
            yield catalog

    def example(self, example: Example) -> Iterator[Catalog]:
        """A page's SQL in both regimes; `-- regime: auto` in its first line asks for one."""
        migrations = example_files(example.text)
        first = example.text.partition("\n")[0]
        for regime in BOTH:
            if "regime:" not in first or regime in first:
                statements = (statement for migration in migrations for statement in split(migration))
                yield replay(statements, Config(Path(), exposed_schemas=("public",)), regime)


def example_files(text: str) -> tuple[Migration, ...]:
    """The migrations of an example: a line `-- file: NAME` begins the next one. Lines keep their numbers."""
    found = [("1_example.sql", "")]
    for number, line in enumerate(text.splitlines()):
        if line.startswith("-- file: "):
            found.append((line.removeprefix("-- file: "), "\n" * number))
        name, before = found[-1]
        found[-1] = (name, f"{before}{line}\n")
    return tuple(Migration(name, held) for name, held in found if held.strip())


def _something_to_judge(catalog: Catalog, shown: str) -> None:
    """See that the migrations make something, and that what is said to be exposed is there. Raises Incomplete."""
    missing = [schema for schema in catalog.config.exposed_schemas if schema not in catalog.schemas]
    if missing:
        raise Incomplete(f"no migration in {shown} makes the exposed schema {missing[0]!r}; check `exposed_schemas`")
    places = [table.place for table in catalog.tables.values()] + [view.place for view in catalog.views.values()]
    places += [function.place for function in catalog.functions.values()]
    places += [bucket.place for bucket in catalog.buckets.values()]
    if all(place == PLATFORM for place in places):
        raise Incomplete(f"the migrations in {shown} make no table, view, function or bucket, so nothing was judged")


def _not_judged(context: Context, catalog: Catalog) -> None:
    for name in context.config.public_tables:
        if name not in {str(table) for table in (*catalog.tables, *catalog.views)}:
            context.unjudged(f"public_tables: {name}", "no migration makes a table or view of that name")
    for what, place in catalog.missing:
        context.unjudged(str(place), what)
    for statement, why in catalog.unmodelled:
        context.unjudged(str(statement.place), why)


AUDIT = Audit()
