"""The audit: every migration replayed in each grant regime, and rules put to the catalogs."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.audit.catalog import Catalog
from gate.audit.release import Release
from gate.audit.replay import explicit, replay, split
from gate.audit.replay.platform import PLATFORM
from gate.audit.since import Applied, Parted, Since, applied_versions, part, since_revision
from gate.check import Context
from gate.config import Config, Regime
from gate.errors import Incomplete
from gate.finding import fingerprint
from gate.migration import Migration, Statement, no_migrations, read_migrations
from gate.page import Example
from gate.rule import load_rules

SINCE = "-- since"
BOTH: tuple[Regime, ...] = ("auto", "explicit")


@dataclass(frozen=True, slots=True)
class Audit:
    """The check `audit`. What is new, by a revision or by a list of versions, is judged for what it loses and locks as well."""

    name: str = "audit"
    summary: str = "replays the SQL migrations into a catalog and puts rules to it"
    rules_package: str = "gate.audit.rules"
    since: Since | Applied | None = None

    def subjects(self, context: Context) -> Iterator[Catalog]:
        """One catalog per grant regime."""
        config = context.config
        migrations = read_migrations(config)
        shown = config.relative(config.migrations)
        if not migrations:
            raise Incomplete(no_migrations(config))
        context.progress(f"parsing {len(migrations)} migrations")
        statements = [statement for migration in migrations for statement in split(migration)]
        if not statements:
            raise Incomplete(f"the migrations in {shown} hold no statement")
        context.examined(len(statements))
        regimes = list(config.regimes)
        context.record("files", len(migrations))
        context.record("statements", len(statements))
        context.record("regimes", regimes)
        since = self.since.since(migrations) if isinstance(self.since, Applied) else self.since
        parted = part(migrations, since) if since else None
        newer = "data loss and locks not judged without --since" if since is None else f"new since {since.words}"
        newer = f"{len(parted.newer)} {newer}" if parted else newer
        context.record("since", since.words if since else None)
        context.record("new_files", [one.path for one in parted.newer] if parted else [])
        files = f"{len(migrations)} file{'s' * (len(migrations) != 1)} of {shown}"
        context.record("summary", f"{files}, grants: {' and '.join(regimes)}; {newer}")
        catalog: Catalog | None = None
        for regime in regimes:
            context.progress(f"replaying with {regime} grants")
            first = catalog is None
            known = explicit(catalog) if catalog and regime == "explicit" else None
            catalog = known or _replayed(statements, parted, config, regime, since.words if since else "")
            if since and catalog.release:
                catalog.release.exposed = since.exposed
                context.known = (context.known or frozenset()) | _known(self.rules_package, catalog.release.base)
            if first:
                _not_judged(context, catalog)
                _something_to_judge(catalog, shown)
            yield catalog

    def example(self, example: Example) -> Iterator[Catalog]:
        """A page's SQL in both regimes; `-- regime: auto` in its first line asks for one."""
        migrations, since = example_release(example.text)
        parted = part(migrations, since) if since else None
        first = example.text.partition("\n")[0]
        for regime in BOTH:
            if "regime:" not in first or regime in first:
                statements = [statement for migration in migrations for statement in split(migration)]
                yield _replayed(statements, parted, Config(Path(), exposed_schemas=("public",)), regime, "the release")


def _known(rules_package: str, base: Catalog) -> frozenset[str]:
    """The fingerprints of what the rules say of the database before the newer migrations."""
    found: set[str] = set()
    for rule in load_rules(rules_package):
        with contextlib.suppress(Exception):  # a rule that fails here fails on the whole as well, where it is said
            found |= {fingerprint(rule.id, hit.subject, hit.statement) for hit in rule.judge(base)}
    return frozenset(found)


def _replayed(
    statements: Sequence[Statement], parted: Parted | None, config: Config, regime: Regime, since: str
) -> Catalog:
    """The catalog of all files in their order, with what the newer ones do to a database that has the released ones.

    Both come from one replay, unless released files changed or newer ones sort before them.
    """
    if parted is None:
        return replay(statements, config, regime)
    paths = tuple(one.path for one in parted.newer)
    if parted.plain:
        whole = released = replay(statements, config, regime, paths, since)
    else:
        whole = replay(statements, config, regime)
        ordered = [one for migration in (*parted.older, *parted.newer) for one in split(migration)]
        released = replay(ordered, config, regime, paths, since)
    release = released.release or Release(released, since, paths)
    release.head = released
    release.edited, release.gone, release.latest = parted.edited, parted.gone, parted.latest
    whole.release = release
    return whole


def example_files(text: str) -> tuple[Migration, ...]:
    """The migrations of an example: a line `-- file: NAME` begins the next one. Lines keep their numbers."""
    found = [("1_example.sql", "")]
    for number, line in enumerate(text.splitlines()):
        if line.startswith("-- file: "):
            found.append((line.removeprefix("-- file: "), "\n" * number))
        elif line == SINCE:
            found.append(("2_new.sql", "\n" * number))
        name, before = found[-1]
        found[-1] = (name, f"{before}{line}\n")
    return tuple(Migration(name, held) for name, held in found if held.strip() not in {"", SINCE})


def example_release(text: str) -> tuple[tuple[Migration, ...], Since | None]:
    """The files that an example's project has, and what is released: everything above a line `-- since`, if there is one.

    Below it, a file of a name that was there is that file edited, and a line `-- deleted: NAME` takes one away.
    """
    files = example_files(text)
    above = text.splitlines().index(SINCE) if SINCE in text.splitlines() else None
    if above is None:
        return files, None
    released = tuple(one for one in files if _begins(one) < above)
    gone = {line.removeprefix("-- deleted: ") for line in text.splitlines() if line.startswith("-- deleted: ")}
    latest = {one.path: one for one in files if one.path not in gone}
    return tuple(latest[path] for path in sorted(latest)), Since("the release", released)


def _begins(migration: Migration) -> int:
    return len(migration.text) - len(migration.text.lstrip("\n"))


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


def audit_since(config: Config, revision: str | None, applied: Path | None) -> Audit:
    """The audit with what is new: since a revision, or by a file of applied versions. Raises UsageError."""
    return Audit(since=applied_versions(applied) if applied else since_revision(config, revision or ""))


AUDIT = Audit()
