"""A new migration empties a table.

TRUNCATE takes every row, and CASCADE those of every table that refers to it.

```sql
create table public.plans (id uuid primary key);
create table public.orders (id uuid primary key, plan uuid references public.plans (id));
-- since
truncate public.plans cascade;  -- flagged
```

Where the same migrations fill it again, as with a list of plans, it is a warning: what users added is gone all the same.

```sql
create table public.plans (id text primary key, price int);
-- since
truncate public.plans;  -- flagged
insert into public.plans values ('free', 0), ('pro', 9);
```

Tables that one statement empties are one finding.

```sql
create table public.orders (id uuid primary key);
create table public.payments (id uuid primary key);
-- since
truncate public.orders, public.payments;  -- flagged
```

A table that is new or temporary has no rows to lose.

```sql
create table public.plans (id uuid primary key);
-- since
create table public.staging (id uuid primary key);
truncate public.staging;
create temporary table scratch (id int);
truncate scratch;
create function public.reset_plans() returns void language sql as 'truncate public.plans';
```

To mend it: delete the rows that are meant, by a condition.

Peers: squawk ban-truncate-cascade; pgls banTruncate, banTruncateCascade
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import counted
from gate.audit.release import Change, in_use
from gate.finding import Hit, Severity, Span
from gate.rule import rule


@rule(Severity.ERROR)
def truncate(catalog: Catalog) -> Iterator[Hit]:
    """Tables in use that a newer migration truncates, one finding per statement."""
    found: dict[tuple[Span, bool], list[Change]] = {}
    for change in in_use(catalog, "truncate"):
        assert catalog.release
        filled = any(one.name == change.name for one in catalog.release.after(change, "insert rows"))
        found.setdefault((change.place, filled and not change.columns), []).append(change)
    for (place, filled), changes in found.items():
        first = changes[0]
        cascaded = list(dict.fromkeys(name for one in changes for name in one.columns))
        more = f", and CASCADE empties {counted(cascaded)}" if cascaded else ""
        message = f"every row of {counted([str(one.name) for one in changes])} is taken{more}{first.where}"
        yield Hit(place, message, first.what, first.text, Severity.WARNING if filled else None)
