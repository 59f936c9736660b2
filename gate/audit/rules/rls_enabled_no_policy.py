"""Row level security is on, and no policy lets anybody in.

The server reads such a table, users get no row and no error. That is right for a table of the server's, and a riddle for a table that
the app was to show. The privilege says that somebody meant it for users.

```sql
-- regime: explicit
create table public.notes (id uuid primary key);  -- flagged
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
grant select on public.notes to authenticated;
create table public.jobs (id uuid primary key);
alter table public.jobs enable row level security;
revoke all on public.jobs from anon, authenticated;
create table public.webhooks (id uuid primary key);
alter table public.webhooks enable row level security;
grant select on public.webhooks to service_role;
```

To mend it: a policy for those who may see its rows, or `revoke all on public.notes from anon, authenticated;`

Peers: pgrls SEC009; splinter 0008; rlsautotest L004
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog
from gate.audit.meaning import counted
from gate.audit.quoting import spelled
from gate.audit.remedies import pasted
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def rls_enabled_no_policy(catalog: Catalog) -> Iterator[Hit]:
    """Tables that a GRANT opens by name and that no policy serves; one finding for the project."""
    found = [
        table
        for table in catalog.own_tables()
        if table.rls and not table.policies and not table.partition and catalog.reaches(table)
        if set(API_ROLES) & table.acl.named
    ]
    if found:
        closed = pasted(f"revoke all on {spelled(table.name)} from anon, authenticated;" for table in found)
        message = f"a GRANT opens {counted([str(table.name) for table in found])}, and no policy lets anybody see a row"
        yield Hit(found[0].place, message, "tables without policies", remedy=closed)
