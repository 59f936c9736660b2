"""A new migration drops a type together with the columns that have it.

CASCADE takes the columns, values and all.

```sql
create type public.mood as enum ('good', 'bad');
create table public.notes (id uuid primary key, mood public.mood);
-- since
drop type public.mood cascade;  -- flagged
```

Without a column of that type nothing is lost.

```sql
create type public.mood as enum ('good', 'bad');
create type public.size as enum ('s', 'l');
create table public.notes (id uuid primary key, mood public.mood);
-- since
alter table public.notes alter column mood type text using mood::text;
drop type public.mood;
drop type public.size;
```

To mend it: give the columns another type first.

Peers: squawk ban-drop-type, ban-drop-domain
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def drop_type_or_domain(catalog: Catalog) -> Iterator[Hit]:
    """Types in use that go with their columns."""
    for change in in_use(catalog, "drop type"):
        if change.columns:
            message = f"type {change.name} is dropped, and {', '.join(change.columns)} with it{change.where}"
            yield Hit(change.place, message, change.what, change.text)
