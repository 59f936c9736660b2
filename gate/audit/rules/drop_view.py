"""A new migration drops a view that may be read.

Whoever reads it fails from then on: the app that still runs, a report, a function.

```sql
create table public.notes (id uuid primary key);
create view public.recent with (security_invoker = on) as select id from public.notes;
-- since
drop view public.recent;  -- flagged
```

By CASCADE, nobody sees it go.

```sql
create table public.notes (id uuid primary key);
create view public.recent with (security_invoker = on) as select id from public.notes;
-- since
create table public.notes_copy as select id from public.notes;
drop table public.notes cascade;  -- flagged
```

```sql
create table public.notes (id uuid primary key);
create view public.recent with (security_invoker = on) as select id from public.notes;
-- since
drop view public.recent;
create view public.recent with (security_invoker = on) as select id, 1 as score from public.notes;
create view public.draft with (security_invoker = on) as select id from public.notes;
drop view public.draft;
```

To mend it: leave the view for one more release, or make it again under the same name.

Peers: squawk ban-drop-view
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def drop_view(catalog: Catalog) -> Iterator[Hit]:
    """Views in use that are gone after the newer migrations."""
    head = afterwards(catalog)
    for change in in_use(catalog, "drop view"):
        if change.name not in head.views and change.name not in head.tables:
            how = " by CASCADE" if "cascade" in change.words else ""
            yield Hit(change.place, f"view {change.name} is dropped{how}{change.where}", change.what, change.text)
