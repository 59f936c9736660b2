"""A new migration drops a database.

Everything in it goes. In a migration it fails as well, because it cannot run in a transaction.

```sql
create table public.notes (id uuid primary key);
-- since
drop database analytics;  -- flagged
```

```sql
create table public.notes (id uuid primary key);
-- since
create schema analytics;
comment on schema analytics is 'was: drop database analytics';
```

To mend it: take the statement out. A project's databases are no business of its migrations.

Peers: squawk ban-drop-database; pgls banDropDatabase
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def drop_database(catalog: Catalog) -> Iterator[Hit]:
    """DROP DATABASE in a newer migration."""
    for change in in_use(catalog, "drop database"):
        yield Hit(change.place, f"database {change.name.name} is dropped{change.where}", change.name.name, change.text)
