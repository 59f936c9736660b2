"""A new migration overwrites a column in every row.

The old values are gone, and so is what users had set.

```sql
create table public.profiles (id uuid primary key, plan text, credits int);
-- since
update public.profiles set credits = 10;  -- flagged
```

Filling a column of the same release is what such a statement is for; a condition says which rows are meant.

```sql
create table public.profiles (id uuid primary key, plan text, credits int);
-- since
alter table public.profiles add column trial boolean;
update public.profiles set trial = false;
update public.profiles set credits = 10 where credits is null;
```

To mend it: name the rows that are meant, as those that still have the old value.

Peers: pgls banUpdateWithoutWhere
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def update_without_where(catalog: Catalog) -> Iterator[Hit]:
    """Columns in use that a newer migration sets in every row."""
    for change in in_use(catalog, "update every row"):
        names = ", ".join(map(repr, change.columns))
        message = f"{names} of every row of {change.name} is overwritten{change.where}"
        yield Hit(change.place, message, f"{change.name} {' '.join(change.columns)}", change.text)
