"""Everything that is made later in a schema opens to the API's roles by itself.

The next table has no policies yet, and is in reach from its first moment; nobody writes a GRANT that somebody else could read.

```sql
create schema app;
grant usage on schema app to authenticated;
alter default privileges in schema app grant select, insert, update, delete on tables to anon, authenticated;  -- flagged
```

```sql
create schema app;
grant usage on schema app to authenticated;
alter default privileges in schema app grant all on tables to service_role;
```

A schema that the API does not serve is a note. What is taken back gives nothing, and the platform's own defaults for `public`,
which a dump repeats, are the platform's.

```sql
create schema app;
grant usage on schema app to authenticated;
alter default privileges in schema app grant all on tables to authenticated;
alter default privileges in schema app revoke all on tables from authenticated;
alter default privileges for role postgres in schema public grant all on tables to anon;
```

To mend it: `alter default privileges in schema app revoke all on tables from anon, authenticated;` and a GRANT for each table.

Peers: pgrls SEC044 for PUBLIC
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, PUBLIC, Acl, Catalog
from gate.audit.meaning import listed
from gate.audit.quoting import quoted
from gate.finding import Hit, Severity, Span
from gate.rule import rule

WRITTEN = frozenset(["SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE"])
KINDS = frozenset(["tables", "functions"])


@rule(Severity.WARNING)
def default_privileges_to_api_role(catalog: Catalog) -> Iterator[Hit]:
    """Default privileges that the migrations give to API roles outside of `public`, where those may use the schema."""
    found: dict[tuple[str, str], list[tuple[str, str, Span]]] = {}
    for (owner, schema, kind, role), place in catalog.defaulted.items():
        held = catalog.defaults.get((owner, schema, kind), Acl()).grants.get(role, set())
        given = (
            role in {*API_ROLES, PUBLIC} and kind in KINDS and held & WRITTEN and schema not in {"public", "storage"}
        )
        born_open = kind == "functions" and role == PUBLIC  # as Postgres has it anyway
        if given and not born_open and (not schema or _used(catalog, schema)):
            found.setdefault((owner, schema), []).append((kind, role, place))
    for (owner, schema), several in found.items():
        kinds = list(dict.fromkeys(kind for kind, _, _ in several))
        roles = list(dict.fromkeys(role for _, role, _ in several))
        where = f" in schema {quoted(schema)}" if schema else ""
        message = f"later {listed(kinds)}{where} are open to {listed(roles)} by themselves"
        owned = f" for role {quoted(owner)}" if owner != "postgres" else ""
        remedy = "\n".join(
            f"alter default privileges{owned}{where} revoke all on {kind} from {', '.join(roles)};" for kind in kinds
        )
        severity = None if not schema or catalog.exposed(schema) else Severity.NOTE
        subject = f"defaults in {schema or 'every schema'}"
        yield Hit(several[0][2], message, subject, severity=severity, remedy=remedy)


def _used(catalog: Catalog, schema: str) -> bool:
    home = catalog.schemas.get(schema)
    return home is not None and any(
        "USAGE" in home.acl.grants.get(one, ()) for role in API_ROLES for one in catalog.identities(role)
    )
