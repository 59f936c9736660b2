"""Foreign keys that no index begins with.

Deleting a row of the other table reads the whole of this one, as often as rows are deleted; so does every join.

```sql
create table public.users (id uuid primary key);
create table public.notes (id uuid primary key, owner uuid references public.users (id));  -- flagged
alter table public.users enable row level security;
alter table public.notes enable row level security;
```

```sql
create table public.users (id uuid primary key);
create table public.notes (id uuid primary key, owner uuid references public.users (id));
create index on public.notes (owner, id);
create table public.profiles (id uuid primary key references public.users (id));
alter table public.users enable row level security;
alter table public.notes enable row level security;
alter table public.profiles enable row level security;
```

One finding tells of all of them.

To mend it: `create index on public.notes (owner);`

Peers: splinter 0001
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import counted
from gate.audit.quoting import quoted, spelled
from gate.audit.remedies import pasted
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def foreign_key_unindexed(catalog: Catalog) -> Iterator[Hit]:
    """Keys without an index on their columns in any order; one finding for the project."""
    begins: dict[object, list[tuple[str, ...]]] = {}
    for index in catalog.indexes.values():
        if not index.where:
            begins.setdefault(index.table, []).append(index.columns)
    found = [
        (table, key)
        for table in catalog.own_tables()
        if table.kind == "table"
        for key in table.foreign_keys
        if not any(
            set(one[: len(key.columns)]) == set(key.columns) for one in [*begins.get(table.name, []), table.primary_key]
        )
    ]
    if found:
        names = counted([f"{table.name} ({', '.join(key.columns)})" for table, key in found])
        lines = [
            f"create index on {spelled(table.name)} ({', '.join(map(quoted, key.columns))});" for table, key in found
        ]
        verb = "is a foreign key" if len(found) == 1 else "are foreign keys"
        yield Hit(found[0][0].place, f"{names} {verb} without an index", "keys", remedy=pasted(lines))
