"""A new migration detaches a partition that then stands open by itself.

It stays as an ordinary table. Row level security of its parent never was its own, so whoever reaches it reads all of it.

```sql
create table public.events (at date, owner uuid) partition by range (at);
alter table public.events enable row level security;
create table public.events_2025 partition of public.events for values from ('2025-01-01') to ('2026-01-01');
grant select on public.events_2025 to authenticated;
-- since
alter table public.events detach partition public.events_2025;  -- flagged
```

```sql
create table public.events (at date, owner uuid) partition by range (at);
alter table public.events enable row level security;
create table public.events_2024 partition of public.events for values from ('2024-01-01') to ('2025-01-01');
create table public.events_2025 partition of public.events for values from ('2025-01-01') to ('2026-01-01');
grant select on public.events_2025, public.events_2024 to authenticated;
-- since
alter table public.events detach partition public.events_2025;
alter table public.events_2025 enable row level security;
create schema archive;
alter table public.events detach partition public.events_2024;
alter table public.events_2024 set schema archive;
```

To mend it: switch row level security on for it, or move it into a schema that the API does not serve.

Peers: squawk ban-detach-inheritance, require-concurrent-partition-detach
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.quoting import spelled
from gate.audit.release import afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def partition_or_inheritance_detached(catalog: Catalog) -> Iterator[Hit]:
    """Children in use that are within reach and unprotected after they were detached."""
    head = afterwards(catalog)
    for change in in_use(catalog, "detach"):
        table = head.tables.get(change.name)
        if table and not table.rls and head.reaches(table):
            message = f"{change.name} leaves {change.other} and stands without row level security{change.where}"
            remedy = f"alter table {spelled(table.name)} enable row level security;"
            yield Hit(change.place, message, change.what, change.text, remedy=remedy)
