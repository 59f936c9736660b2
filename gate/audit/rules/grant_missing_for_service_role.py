"""Users have a privilege on a table that the server has not.

The service role ignores policies but not privileges: the server's requests end with 42501.

```sql
-- regime: explicit
create table public.notes (id uuid primary key, owner uuid);  -- flagged
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
grant select on public.notes to authenticated, service_role;
create table public.internal (id uuid primary key);
revoke all on public.internal from public, anon, authenticated;
```

Where the project does not say that nothing is granted by itself it is a note, and a server that connects to Postgres directly needs none.

To mend it: `grant select, insert, update, delete on public.notes to service_role;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog
from gate.audit.meaning import counted
from gate.audit.quoting import spelled
from gate.audit.remedies import pasted
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def grant_missing_for_service_role(catalog: Catalog) -> Iterator[Hit]:
    """Tables that were granted to API roles by name and not to the server; one finding for the project."""
    if catalog.regime != "explicit":
        return
    lacking = [
        table
        for table in catalog.own_tables()
        if catalog.reaches(table)
        and set(API_ROLES) & table.acl.named
        and not catalog.may("service_role", "SELECT", table.acl, table.name.schema)
    ]
    if lacking:
        names = counted([str(table.name) for table in lacking])
        grants = [
            f"grant select, insert, update, delete on {spelled(table.name)} to service_role;" for table in lacking
        ]
        severity = Severity.NOTE if "auto" in catalog.config.regimes else None
        message = f"users may read {names}, and the service role may not"
        yield Hit(lacking[0].place, message, "grants", severity=severity, remedy=pasted(grants))
