"""A foreign key points at a column of the auth schema that is not its primary key.

It rests on an index that the platform owns and may replace: an upgrade of auth then fails on this key.

```sql
create table public.profiles (id uuid primary key, phone text references auth.users (phone));  -- flagged
alter table public.profiles enable row level security;
```

```sql
create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, phone text);
alter table public.profiles enable row level security;
```

To mend it: point at `auth.users (id)`.

Peers: splinter 0021
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def fkey_to_auth_non_primary(catalog: Catalog) -> Iterator[Hit]:
    """Keys to columns of auth tables that are not their primary key."""
    for table in catalog.own_tables():
        for key in table.foreign_keys:
            target = catalog.tables.get(key.target)
            if key.target.schema == "auth" and target and set(key.target_columns) != set(target.primary_key):
                message = (
                    f"{table.name} ({', '.join(key.columns)}) points at {key.target} ({', '.join(key.target_columns)})"
                )
                yield Hit(table.place, f"{message}, which is not its primary key", f"{table.name} {key.name}")
