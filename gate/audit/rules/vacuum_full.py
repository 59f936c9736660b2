"""A new migration writes whole tables anew, with VACUUM FULL or CLUSTER.

Nobody can use them until it is done. VACUUM also fails in a file with anything else: it cannot run in a transaction.

```sql
create table public.notes (id uuid primary key);
create index by_id on public.notes (id);
-- since
vacuum full public.notes;  -- flagged
cluster public.notes using by_id;  -- flagged
```

```sql
create table public.notes (id uuid primary key);
-- since
vacuum (analyze) public.notes;
```

To mend it: leave it to autovacuum, or do it by hand when nobody works.

Peers: pgls banVacuumFull
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def vacuum_full(catalog: Catalog) -> Iterator[Hit]:
    """VACUUM FULL and CLUSTER in newer migrations."""
    for change in in_use(catalog, "vacuum", "cluster"):
        if change.act == "cluster" or "full" in change.words:
            what = str(change.name).lstrip(".")
            yield Hit(change.place, f"{what} is written anew while nobody can use it{change.where}", what, change.text)
