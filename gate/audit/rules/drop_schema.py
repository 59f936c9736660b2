"""A new migration drops a schema with everything in it.

Every table, function and type below it goes as well.

```sql
create schema billing;
create table billing.invoices (id uuid primary key, amount int);
-- since
drop schema billing cascade;  -- flagged
```

Without a table in it no rows go: a warning.

```sql
create schema api;
-- since
drop schema api;  -- flagged
```

One that the newer migrations made themselves is nothing yet.

```sql
create schema billing;
-- since
create schema staging;
create table staging.invoices (id uuid primary key);
drop schema staging cascade;
drop schema if exists nowhere cascade;
```

To mend it: move what is still needed (`alter table billing.invoices set schema archive;`), and drop the empty schema later.

Peers: squawk ban-drop-schema; pgls banDropSchema
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def drop_schema(catalog: Catalog) -> Iterator[Hit]:
    """Schemas in use that a newer migration drops."""
    for change in in_use(catalog, "drop schema"):
        inside = change.columns
        rows = f" with {', '.join(inside[:3])}{f' and {len(inside) - 3} more' if len(inside) > 3 else ''}"
        message = f"schema {change.name.name} is dropped{rows if inside else ''}{change.where}"
        yield Hit(change.place, message, change.what, change.text, None if inside else Severity.WARNING)
