"""A column holds numbers of objects that change with an upgrade of Postgres.

`regprocedure` and its kin store an internal number. pg_upgrade refuses a database with such a column.

```sql
create table public.hooks (id uuid primary key, handler regprocedure);  -- flagged
alter table public.hooks enable row level security;
```

```sql
create table public.hooks (id uuid primary key, target regclass, owner regrole, kind regtype, handler text);
alter table public.hooks enable row level security;
```

To mend it: `alter table public.hooks alter column handler type text;`

Peers: splinter 0018
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.quoting import quoted, spelled
from gate.finding import Hit, Severity
from gate.rule import rule

KEPT_BY_NUMBER = {  # those that pg_upgrade carries over are left out
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
}


@rule(Severity.WARNING)
def reg_type_column(catalog: Catalog) -> Iterator[Hit]:
    """Columns of such types."""
    for table in catalog.own_tables():
        for column in table.columns.values():
            if column.type.removeprefix("_") in KEPT_BY_NUMBER:
                message = f"{column.name!r} of {table.name} is a {column.type}: the database cannot be upgraded with it"
                remedy = f"alter table {spelled(table.name)} alter column {quoted(column.name)} type text;"
                yield Hit(table.place, message, f"{table.name} {column.name}", remedy=remedy)
