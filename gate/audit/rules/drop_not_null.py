"""A new migration lets a column be empty that had to hold a value.

Rows without an owner, an amount or a state appear, and policies that compare the column let them vanish or belong to everybody.

```sql
create table public.notes (id uuid primary key, owner uuid not null, body text);
-- since
alter table public.notes alter column owner drop not null;  -- flagged
```

```sql
create table public.notes (id uuid primary key, owner uuid not null, body text, title text not null);
-- since
alter table public.notes alter column body drop not null;
alter table public.notes add column kind text not null default 'a';
alter table public.notes alter column kind drop not null;
alter table public.notes alter column title drop not null;
alter table public.notes drop column title;
```

To mend it: leave it, and let the app write a value of its own for "none".

Peers: squawk ban-drop-not-null; pgls banDropNotNull
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def drop_not_null(catalog: Catalog) -> Iterator[Hit]:
    """Columns in use that may be null after the newer migrations, and are still there."""
    for change in in_use(catalog, "drop not null"):
        table = afterwards(catalog).tables.get(change.name)
        column = table.columns.get(change.part) if table else None
        if table is None or (column and not column.not_null):
            message = f"{change.part!r} of {change.name} may be null from here on{change.where}"
            yield Hit(change.place, message, change.what, change.text)
