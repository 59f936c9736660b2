"""A table within reach of the API has no row level security.

Anyone with the app's public key reads, changes and deletes every row.

```sql
create table public.notes (id uuid primary key, body text);  -- flagged
grant select on public.notes to anon;
```

Switch it on, also later or in a loop.

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
grant select on public.notes to anon;
```

A table that is made again, or under a name that was renamed away, begins without.

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
alter table public.notes rename to notes_old;
create table public.notes (id uuid primary key, body text, title text);  -- flagged
grant select on public.notes to anon;
```

So does a partition, which the policies of its parent do not protect from those who read it by its own name.

```sql
create table public.events (at date, body text) partition by range (at);
alter table public.events enable row level security;
grant select on public.events to anon;
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2027-01-01');  -- flagged
grant select on public.events_2026 to anon;
```

A foreign table has no row level security at all: only its grants close it.

```postgresql
create extension postgres_fdw;
create server shop foreign data wrapper postgres_fdw;
create foreign table public.customers (id text, email text) server shop;  -- flagged
grant select on public.customers to anon;
```

A list that belongs to nobody and may only be read, by a GRANT that says so, is a warning.

```sql
-- regime: explicit
create table public.countries (code text primary key, name text);  -- flagged
grant select on public.countries to anon;
```

Where the policies of other tables ask the open one, whoever may write to it plants the row that they believe; where it is
published, its changes are sent to whoever listens. The message says so, and it is one finding.

```sql
create table public.members (team uuid, who uuid);  -- flagged
create table public.papers (id uuid primary key, team uuid);
alter table public.papers enable row level security;
create policy team on public.papers for select using (team in (select m.team from public.members m where m.who = auth.uid()));
alter publication supabase_realtime add table public.members;
grant select, insert on public.members, public.papers to authenticated;
```

A table that no API role reaches is not open.

```sql
create schema private;
create table private.notes (id uuid primary key, body text);
```

So told are tables that lost row security when they were rebuilt or by a later statement, partitions and children, copies made by
CREATE TABLE AS or LIKE, foreign tables, and tables that realtime sends out.

To mend it: `alter table public.notes enable row level security;` and a policy for those who may see its rows.

Peers: pgrls SEC001, SEC041, SEC043, SEC049, SEC051; splinter 0013; supashield; RLSGuard; rlsgate
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name, Table
from gate.audit.meaning import exposed_tables, names, personal
from gate.audit.remedies import closed, enabled_for_owners
from gate.audit.shown import telling
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def rls_disabled(catalog: Catalog) -> Iterator[Hit]:
    """Tables that are reached without row security and carry no policies (those are another rule's)."""
    believers = _believers(catalog)
    for table in exposed_tables(catalog):
        if not table.rls and not table.policies and str(table.name) not in catalog.config.public_tables:
            cause = _cause(catalog, table) + _worse(catalog, table, believers)
            message = f"{names(catalog.reaches(table))} reaches every row of {table.name}: {cause}"
            readable = not catalog.reaches(table, "INSERT", "UPDATE", "DELETE")
            severity = Severity.WARNING if readable and not personal(catalog, table) and not telling(table) else None
            remedy = closed(table) if table.kind == "foreign" else enabled_for_owners(catalog, table)
            yield Hit(table.changed or table.place, message, str(table.name), severity=severity, remedy=remedy)


def _believers(catalog: Catalog) -> dict[Name, Name]:
    """The tables that a policy of another table asks, with that other one."""
    return {
        name: other.name
        for other, policy in catalog.policies()
        for name in policy.relations
        if policy.permissive and other.rls and name != other.name
    }


def _worse(catalog: Catalog, table: Table, believers: dict[Name, Name]) -> str:
    """What follows from it for others."""
    written = table.name in believers and catalog.reaches(table, "INSERT", "UPDATE")
    believed = f"; policies of {believers[table.name]} believe what is written there" if written else ""
    sent = any(one.sends(table.name) for one in catalog.publications.values())
    return believed + ("; its changes are sent to whoever listens" if sent else "")


def _cause(catalog: Catalog, table: Table) -> str:
    """Why it is off, where the history tells."""
    if table.kind == "foreign":
        return "a foreign table has no row level security, so that only grants close it"
    before = catalog.protected.get(table.name)
    parents = [name for name in table.parents if name in catalog.tables and catalog.tables[name].rls]
    if parents:
        return f"row level security of {parents[0]} does not apply to those who read this part of it directly"
    if table.changed:
        return "row level security is switched off here"
    if before:
        return f"row level security, switched on in {before}, went with the former table of that name"
    return "row level security is off"
