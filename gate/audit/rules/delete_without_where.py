"""A new migration deletes every row of a table.

A DELETE without a condition, or with one that is always true, takes everything.

```sql
create table public.notes (id uuid primary key, body text);
-- since
delete from public.notes;  -- flagged
delete from public.notes where true;  -- flagged
```

Also inside another statement, and where a function that is called does it.

```sql
create table public.notes (id uuid primary key, body text);
create table public.archive (id uuid primary key, body text);
create function public.wipe() returns void language plpgsql as $$ begin delete from public.notes; end $$;
-- since
with moved as (delete from public.archive returning id) select count(*) from moved;  -- flagged
select public.wipe();  -- flagged
```

A condition, a table of the same release, or a function that nobody calls.

```sql
create table public.notes (id uuid primary key, body text);
-- since
delete from public.notes where body is null;
create table public.staging (id uuid primary key);
delete from public.staging;
create function public.wipe() returns void language sql as 'delete from public.notes';
```

To mend it: name the rows that are meant.

Peers: pgls banDeleteWithoutWhere
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def delete_without_where(catalog: Catalog) -> Iterator[Hit]:
    """Tables in use of which a newer migration deletes every row."""
    for change in in_use(catalog, "delete every row"):
        assert catalog.release
        filled = any(one.name == change.name for one in catalog.release.after(change, "insert rows"))
        message = f"every row of {change.name} is deleted{change.where}"
        yield Hit(change.place, message, change.what, change.text, Severity.WARNING if filled else None)
