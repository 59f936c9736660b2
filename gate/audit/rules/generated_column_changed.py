"""A new migration changes how a column is computed, or stops computing it.

Values that were derived turn into values that anybody may write, or are all written anew.

```sql
create table public.orders (id uuid primary key, price int, tax int generated always as (price / 5) stored);
-- since
alter table public.orders alter column tax drop expression;  -- flagged
```

```sql
create table public.orders (id uuid primary key, price int);
-- since
alter table public.orders add column tax int generated always as (price / 5) stored;
alter table public.orders alter column tax drop expression;
```

To mend it: add a column of its own with the new expression.

Peers: squawk ban-drop-generated-expression, ban-alter-generated-expression
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def generated_column_changed(catalog: Catalog) -> Iterator[Hit]:
    """Generated columns in use whose expression changes."""
    for change in in_use(catalog, "change generated"):
        message = f"{change.part!r} of {change.name} is computed otherwise from here on, or not at all{change.where}"
        yield Hit(change.place, message, change.what, change.text)
