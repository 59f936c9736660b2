"""A role of the API may become one that passes row level security, or one that serves others.

Whoever speaks to the API as the member holds everything that the granted role holds. Of `service_role` that is all.

```sql
grant service_role to authenticated;  -- flagged
```

```sql
create role reporting;
grant reporting to postgres;
grant anon, authenticated to authenticator;
```

Strangers who hold what those hold who are signed in pass every grant that is for accounts.

```sql
grant authenticated to anon;  -- flagged
```

A grant that is taken back gives nothing.

```sql
grant service_role to authenticated;
revoke service_role from authenticated;
```

To mend it: `revoke service_role from authenticated;`

Peers: pgrls SEC029, SEC048
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog
from gate.audit.quoting import quoted
from gate.finding import Hit, Severity
from gate.rule import rule

POWERFUL = frozenset(
    [
        *(
            "service_role",
            "postgres",
            "supabase_admin",
            "supabase_auth_admin",
            "supabase_storage_admin",
            "authenticator",
        ),
        *("dashboard_user", "pg_read_all_data", "pg_write_all_data", "supabase_read_only_user", "authenticated"),
    ]
)


@rule(Severity.ERROR)
def privileged_role_granted(catalog: Catalog) -> Iterator[Hit]:
    """Memberships by which anon or authenticated come to hold the rights of a powerful role."""
    for (member, granted), place in catalog.memberships.items():
        holders = [role for role in API_ROLES if member in catalog.identities(role) and member != "public"]
        gained = sorted(POWERFUL & catalog.identities(granted) - {member})
        held = catalog.roles[member].member_of if member in catalog.roles else {}
        if holders and gained and granted in held:
            message = f"{holders[0]} holds the rights of {gained[0]} by this GRANT"
            remedy = f"revoke {quoted(granted)} from {quoted(member)};"
            yield Hit(place, message, f"role {member} in {granted}", remedy=remedy)
