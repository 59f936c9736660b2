"""`gate rls --owners`: whose rows each table holds, and why we think so."""

import json
from collections.abc import Mapping, Sequence

from gate.audit.replay import split
from gate.config import Config
from gate.errors import Incomplete
from gate.migration import no_migrations, read_migrations
from gate.postgres import Server, apply
from gate.postgres.server import OURS
from gate.rls.catalogue import read
from gate.rls.ownership import Owner, owners
from gate.rls.schema import Relation

SHARED = "no owner found: its rows are shared by all users"


def ownership_map(config: Config, *, as_json: bool) -> str:
    """The map of the tables of the exposed schemas, for people or as JSON. Raises Incomplete where there are none."""
    statements = [statement for migration in read_migrations(config) for statement in split(migration)]
    if not statements:
        raise Incomplete(no_migrations(config))
    with Server.start(config.regimes[0]) as server:
        failed = len(apply(server, statements).failures)
        with server.connect(path=OURS) as db:
            relations = read(db, config.exposed_schemas)
    owned = owners(relations, config.owners)
    tables = [relation for relation in relations if relation.exposed and relation.is_table]
    return _as_json(tables, owned, failed) if as_json else _as_text(tables, owned, failed)


def _as_json(tables: Sequence[Relation], owned: Mapping[str, Owner], failed: int) -> str:
    def said(owner: Owner | None) -> dict[str, object] | None:
        if owner is None:
            return None
        return {"column": owner.column, "reason": owner.reason, "through": owner.parent, "author": owner.author}

    shown = {table.full_name: said(owned.get(table.full_name)) for table in tables}
    return json.dumps({"owners": shown, "statements_not_applied": failed}, indent=2)


def _as_text(tables: Sequence[Relation], owned: Mapping[str, Owner], failed: int) -> str:
    rows = []
    for table in tables:
        owner = owned.get(table.full_name)
        reason = SHARED if owner is None else owner.reason + (", as an author" if owner.author else "")
        rows.append((table.full_name, owner.column if owner else "-", reason))
    widths = [max((len(row[place]) for row in rows), default=0) for place in (0, 1)]
    lines = [f"{name:{widths[0]}}  {column:{widths[1]}}  {reason}" for name, column, reason in rows]
    lines += [f"{failed} statements did not apply; what they make is missing here"] if failed else []
    return "\n".join([*lines, "[tool.gate] owners = {table = column} overrides what is inferred"])
