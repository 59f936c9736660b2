"""A new migration gives a column a type that its values may not fit.

Postgres refuses the whole migration at the first value that is too long or not understood, or it rounds what it can: amounts lose
their cents and moments their time of day.

```sql
create table public.orders (id uuid primary key, amount numeric(10, 2), code text, number bigint);
-- since
alter table public.orders alter column amount type integer;  -- flagged
alter table public.orders alter column code type varchar(8);  -- flagged
alter table public.orders alter column number type integer using number::integer;  -- flagged
```

So is a change that others stand beside.

```sql
create table public.orders (id uuid primary key, at timestamptz);
-- since
alter table public.orders  -- flagged
  add column note text,
  alter column at type date;
```

Wider types hold every value.

```sql
create table public.orders (id uuid primary key, amount numeric(10, 2), code varchar(8), number int, kind text);
-- since
alter table public.orders alter column amount type numeric(12, 2);
alter table public.orders alter column code type varchar(20);
alter table public.orders alter column number type bigint;
alter table public.orders alter column kind type varchar;
alter table public.orders add column size text;
alter table public.orders alter column size type integer using size::integer;
```

So do a decimal with enough digits before the point, and an enum with all the labels of the old one.

```sql
create type public.state as enum ('open', 'paid');
create table public.orders (id uuid primary key, amount int, points int, status public.state, kind public.state);
-- since
alter table public.orders alter column amount type numeric(12, 2);
alter table public.orders alter column points type numeric(11, 2);  -- flagged
alter type public.state rename to state_old;
create type public.state as enum ('open', 'paid', 'refunded');
alter table public.orders alter column status type public.state using status::text::public.state;
create type public.kind as enum ('open');
alter table public.orders alter column kind type public.kind using kind::text::public.kind;  -- flagged
```

To mend it: add a column of the new type, fill it, let the app use it, and drop the old one in a later release.

Peers: squawk changing-column-type (every change of type)
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.conversions import loses
from gate.audit.release import afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def narrowing_type_change(catalog: Catalog) -> Iterator[Hit]:
    """Columns in use whose new type does not hold every value of the old one."""
    for change in in_use(catalog, "alter type"):
        if loses(change.was, change.now) and not _keeps_labels(catalog, change.was, change.now):
            message = (
                f"{change.part!r} of {change.name} becomes {change.now}, which {change.was} may not fit{change.where}"
            )
            yield Hit(change.place, message, change.what, change.text)


def _keeps_labels(catalog: Catalog, was: str, now: str) -> bool:
    """Whether both are enums, and the new one has every label that the old one had, whatever it was called then."""
    assert catalog.release
    held = [labels for name in (was, now) if (labels := _labels(catalog.release.base, name))]
    return bool(held) and set(held[0]) <= set(_labels(afterwards(catalog), now))


def _labels(catalog: Catalog, name: str) -> list[str]:
    return next((kind.labels for one, kind in catalog.types.items() if one.name == name), [])
