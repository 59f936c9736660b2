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

What is taken back gives nothing, and the platform's own defaults for `public`, which a dump repeats, are the platform's.

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

from gate.audit.catalog import API_ROLES, PUBLIC, Catalog
from gate.audit.quoting import quoted
from gate.finding import Hit, Severity, Span
from gate.rule import rule

WRITTEN = frozenset(["SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE"])
KINDS = frozenset(["tables", "functions"])


@rule(Severity.WARNING)
def default_privileges_to_api_role(catalog: Catalog) -> Iterator[Hit]:
    """Default privileges that the migrations give to API roles outside of `public`, where those may use the schema."""
    found: dict[Span, list[tuple[str, str, str, str]]] = {}
    for (owner, schema, kind, role), place in catalog.defaulted.items():
        held = catalog.defaults.get((owner, schema, kind), {}).get(role, set())
        if (
            role not in {*API_ROLES, PUBLIC}
            or kind not in KINDS
            or not held & WRITTEN
            or schema in {"public", "storage"}
        ):
            continue
        if kind == "functions" and role == PUBLIC:
            continue  # as Postgres has it anyway
        if not schema or _used(catalog, schema):
            found.setdefault(place, []).append((owner, schema, kind, role))
    for place, several in found.items():
        owner, schema, kind, _ = several[0]
        roles = ", ".join(dict.fromkeys(role for *_, role in several))
        where = f" in schema {quoted(schema)}" if schema else ""
        message = f"every later one of the {kind}{where} is open to {roles} by itself"
        for_role = f" for role {quoted(owner)}" if owner != "postgres" else ""
        remedy = f"alter default privileges{for_role}{where} revoke all on {kind} from {roles};"
        yield Hit(place, message, f"defaults of {kind} in {schema or 'every schema'}", remedy=remedy)


def _used(catalog: Catalog, schema: str) -> bool:
    home = catalog.schemas.get(schema)
    return home is not None and any(
        "USAGE" in home.acl.grants.get(one, ()) for role in API_ROLES for one in catalog.identities(role)
    )
