"""A new migration asks for CONCURRENTLY where it cannot be had.

Postgres refuses it inside a transaction, and the deploy stops there. The platform's tool takes such a statement out of the file's own
transaction (the command line since 2.109), but not out of a BEGIN that the file writes, nor out of a block.

```sql
create table public.notes (id uuid primary key, owner uuid);
-- since
begin;
create index concurrently by_owner on public.notes (owner);  -- flagged
commit;
```

Among other statements it takes the file apart: what comes before is there to stay even if the rest fails. A warning.

```sql
create table public.notes (id uuid primary key, owner uuid);
-- since
alter table public.notes add column title text;
create index concurrently by_owner on public.notes (owner);  -- flagged
```

```sql
create table public.notes (id uuid primary key, owner uuid);
-- since
create index concurrently by_owner on public.notes (owner);
```

To mend it: give the statement a migration of its own, without BEGIN.

Peers: squawk ban-concurrent-index-creation-in-transaction; pgls banConcurrentIndexCreationInTransaction
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.locks import ALONE, alone, in_transaction
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def concurrent_index_in_transaction(catalog: Catalog) -> Iterator[Hit]:
    """Statements with CONCURRENTLY in a BEGIN, in a block, or among others in their file."""
    for change in catalog.release.of("create index", "drop index", "reindex") if catalog.release else ():
        if "concurrently" not in change.words:
            continue
        inside = change.hidden or in_transaction(catalog, change)
        if inside or not alone(catalog, change):
            why = "inside a transaction fails" if inside else "splits its file, which is no longer all or nothing"
            message = f"{change.act.upper()} CONCURRENTLY {why}"
            remedy = None if change.hidden else f"{ALONE}\n{change.text.rstrip().rstrip(';')};"
            severity = None if inside else Severity.WARNING
            yield Hit(change.place, message, change.what, change.text, severity, remedy=remedy)
