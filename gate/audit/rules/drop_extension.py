"""A new migration drops an extension.

Its tables, types and functions go along, with the scheduled jobs of pg_cron or the embeddings of pgvector.

```sql
create extension pg_trgm with schema extensions;
-- since
drop extension pg_trgm;  -- flagged
```

```sql
create extension pg_trgm with schema public;
-- since
drop extension pg_trgm;
create extension pg_trgm with schema extensions;
drop extension if exists never_there;
```

To mend it: `alter extension pg_trgm set schema extensions;` where it is only to move; else leave it.

Peers: squawk ban-drop-extension
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def drop_extension(catalog: Catalog) -> Iterator[Hit]:
    """Extensions in use that are gone after the newer migrations."""
    for change in in_use(catalog, "drop extension"):
        if change.name.name not in afterwards(catalog).extensions:
            message = f"extension {change.name.name} is dropped with what it holds{change.where}"
            yield Hit(change.place, message, change.name.name, change.text)
