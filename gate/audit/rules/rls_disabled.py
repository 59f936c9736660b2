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

A table that no API role reaches is not open.

```sql
create schema private;
create table private.notes (id uuid primary key, body text);
```

To mend it: `alter table public.notes enable row level security;` and a policy for those who may see its rows.
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import exposed_tables, names
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def rls_disabled(catalog: Catalog) -> Iterator[Hit]:
    """Tables that are reached without row security and carry no policies (those are another rule's)."""
    for table in exposed_tables(catalog):
        if not table.rls and not table.policies and str(table.name) not in catalog.config.public_tables:
            who = names(catalog.reaches(table))
            yield Hit(
                table.changed or table.place,
                f"{who} reaches every row of {table.name}: row level security is off",
                str(table.name),
            )
