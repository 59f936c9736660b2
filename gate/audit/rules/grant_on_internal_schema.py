"""The migrations open a schema of the platform to the API's roles.

`auth`, `vault`, `cron` and `net` are not served by the API, and every function and view of the project that runs with the caller's
rights reaches what the caller may: the accounts' rows, the secrets, the jobs that run as somebody else.

```sql
grant usage on schema vault to authenticated;  -- flagged
```

```sql
grant usage on schema vault to service_role;
```

Tables of `auth` are closed by row level security; a GRANT on them to API roles is a warning, because one policy is then enough.

```sql
grant select on auth.users to authenticated;  -- flagged
grant select on auth.sessions to service_role;
```

To mend it: `revoke usage on schema vault from authenticated;`

Peers: pgrls SEC045, SEC049
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, PUBLIC, Acl, Catalog
from gate.audit.quoting import quoted, spelled
from gate.finding import Hit, Severity
from gate.rule import rule

CLOSED = ("vault", "cron", "pgsodium", "pgmq", "supabase_functions", "supabase_migrations", "pgbouncer")
READ = {"SELECT", "INSERT", "UPDATE", "DELETE"}


@rule(Severity.WARNING)
def grant_on_internal_schema(catalog: Catalog) -> Iterator[Hit]:
    """USAGE on schemas of the platform, and privileges on its tables of accounts, that a GRANT gave to API roles."""
    for name in CLOSED:
        acl = catalog.schemas[name].acl if name in catalog.schemas else Acl()
        for role in _given(acl, {"USAGE"}):
            message = f"{_who(role)} may use the schema {name}, which is the platform's"
            remedy = f"revoke usage on schema {quoted(name)} from {role};"
            yield Hit(acl.given[role], message, f"schema {name} to {role}", remedy=remedy)
    for table in catalog.tables.values():
        if table.name.schema == "auth" and table.name in catalog.platform:
            for role in _given(table.acl, READ):
                message = f"{_who(role)} may read {table.name} as soon as one policy lets them"
                remedy = f"revoke all on {spelled(table.name)} from {role};"
                yield Hit(table.acl.given[role], message, f"{table.name} to {role}", remedy=remedy)


def _given(acl: Acl, privileges: set[str]) -> list[str]:
    """The API roles to whom a GRANT of the migrations gave one of the privileges that the platform does not give."""
    return [
        role
        for role in (*API_ROLES, PUBLIC)
        if role in acl.given and privileges & acl.grants.get(role, set()) - acl.kept.get(role, frozenset())
    ]


def _who(role: str) -> str:
    return {"anon": "anyone", PUBLIC: "every role"}.get(role, "any signed-in user")
