"""A new migration drops a table with its rows.

There is no way back: a migration that makes the table again makes it empty.

```sql
create table public.notes (id uuid primary key, body text);
-- since
drop table public.notes;  -- flagged
```

It counts wherever it hides.

```sql
create table public.notes (id uuid primary key, body text);
-- since
do $$ begin  -- flagged
  execute 'drop table if exists public.notes';
end $$;
```

What newer migrations made themselves, or made temporarily, holds nothing yet.

```sql
create table public.notes (id uuid primary key, body text);
-- since
create table public.drafts (id uuid primary key);
drop table public.drafts;
create temporary table notes_copy as select * from public.notes;
drop table notes_copy;
drop table if exists public.never_there;
```

Neither is anything lost where the rows were copied before.

```sql
create table public.notes (id uuid primary key, body text);
-- since
create table public.notes_new (id uuid primary key, body text, title text);
insert into public.notes_new (id, body) select id, body from public.notes;
drop table public.notes;
alter table public.notes_new rename to notes;
```

To mend it: rename the table, and drop it in a later release, once nobody missed it. Where the rows are to go, keep a dump and accept
the finding: `gate accept`.

Peers: squawk ban-drop-table; pgls banDropTable
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def drop_table(catalog: Catalog) -> Iterator[Hit]:
    """Tables in use that a newer migration drops, unless their rows were copied before."""
    for change in in_use(catalog, "drop table"):
        assert catalog.release
        copied = (one for one in catalog.release.before(change, "copy rows") if one.other == change.name)
        if not any(one.name != change.name for one in copied):
            message = f"{change.name} is dropped with all its rows{change.where}"
            yield Hit(change.place, message, change.what, change.text)
