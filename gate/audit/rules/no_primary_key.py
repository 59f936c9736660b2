"""A table has no primary key.

Rows cannot be told apart: no upsert, no realtime of changes, no repair of one row of two alike.

```sql
create table public.notes (id uuid, body text);  -- flagged
alter table public.notes enable row level security;
```

```sql
create table public.notes (id uuid primary key, body text);
create table public.events (at date, body text) partition by range (at);
create table public.events_2026 (at date, body text, primary key (at));
alter table public.events attach partition public.events_2026 for values from ('2026-01-01') to ('2027-01-01');
alter table public.notes enable row level security;
alter table public.events enable row level security;
alter table public.events_2026 enable row level security;
```

One finding tells of all tables.

To mend it: `alter table public.notes add primary key (id);`, or an identity column.

Peers: splinter 0004
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import counted
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def no_primary_key(catalog: Catalog) -> Iterator[Hit]:
    """Tables of the API's schemas without one, parents of partitions aside; one finding for the project."""
    parents = {parent for table in catalog.tables.values() for parent in table.parents}
    found = [
        table
        for table in catalog.own_tables()
        if not table.primary_key and table.kind == "table" and table.columns and catalog.exposed(table.name.schema)
        if not table.parents and table.name not in parents
    ]
    if found:
        verb = "has no primary key" if len(found) == 1 else "have no primary key"
        yield Hit(found[0].place, f"{counted([str(one.name) for one in found])} {verb}", "tables")
