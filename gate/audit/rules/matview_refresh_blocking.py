"""A new migration refreshes a materialized view while nobody can read it.

Every page that reads it waits until the whole of it is computed.

```sql
create table public.notes (id uuid primary key);
create materialized view public.counts as select count(*) as number from public.notes;
-- since
refresh materialized view public.counts;  -- flagged
```

CONCURRENTLY lets others read the old rows; it needs a unique index.

```sql
create table public.notes (id uuid primary key);
create materialized view public.counts as select id, count(*) as number from public.notes group by id;
create unique index on public.counts (id);
-- since
refresh materialized view concurrently public.counts;
create materialized view public.fresh as select count(*) as number from public.notes;
refresh materialized view public.fresh;
```

To mend it: `refresh materialized view concurrently public.counts;`

Peers: pgls concurrentRefreshMatviewLock
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def matview_refresh_blocking(catalog: Catalog) -> Iterator[Hit]:
    """Materialized views in use that are refreshed without CONCURRENTLY."""
    for change in in_use(catalog, "refresh view"):
        if not change.words & {"concurrently"}:
            yield Hit(
                change.place,
                f"while {change.name} is refreshed, nobody can read it{change.where}",
                change.what,
                change.text,
            )
