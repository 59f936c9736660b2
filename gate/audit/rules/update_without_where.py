"""A new migration overwrites a column in every row.

The old values are gone, and so is what users had set.

```sql
create table public.profiles (id uuid primary key, plan text, credits int);
-- since
update public.profiles set credits = 10;  -- flagged
```

A loop over columns is one finding.

```sql
create table public.profiles (id uuid primary key, plan text, credits int);
-- since
do $$ declare col text; begin  -- flagged
  foreach col in array array['plan', 'credits'] loop execute format('update public.profiles set %I = null', col); end loop;
end $$;
```

Filling a column of the same release is what such a statement is for; a condition says which rows are meant.

```sql
create table public.profiles (id uuid primary key, plan text, credits int);
-- since
alter table public.profiles add column trial boolean;
update public.profiles set trial = false;
update public.profiles set credits = coalesce(credits, 0);
update public.profiles set credits = 10 where credits is null;
```

To mend it: name the rows that are meant, as those that still have the old value.

Peers: pgls banUpdateWithoutWhere
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import counted
from gate.audit.release import Change, in_use
from gate.finding import Hit, Severity, Span
from gate.rule import rule


@rule(Severity.WARNING)
def update_without_where(catalog: Catalog) -> Iterator[Hit]:
    """Columns in use that a newer migration sets in every row, one finding per statement and table."""
    found: dict[tuple[Span, Name], list[Change]] = {}
    for change in in_use(catalog, "update every row"):
        found.setdefault((change.place, change.name), []).append(change)
    for (place, name), changes in found.items():
        columns = list(dict.fromkeys(column for one in changes for column in one.columns))
        verb = "are" if len(columns) > 1 else "is"
        message = f"{counted([*map(repr, columns)])} of every row of {name} {verb} overwritten{changes[0].where}"
        yield Hit(place, message, f"{name} {' '.join(columns)}", changes[0].text)
