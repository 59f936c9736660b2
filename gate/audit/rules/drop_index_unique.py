"""A new migration drops a unique index.

From then on there can be two of what had to be one: two ledger entries for one payment, two profiles for one user. Making the index
again fails as soon as there are.

```sql
create table public.ledger (id uuid primary key, payment text);
create unique index one_entry on public.ledger (payment);
-- since
drop index public.one_entry;  -- flagged
```

A plain index guards nothing. One that is made again, or made stricter, guards as before.

```sql
create table public.ledger (id uuid primary key, payment text, kind text);
create unique index one_entry on public.ledger (payment, kind);
create index by_kind on public.ledger (kind);
-- since
drop index public.by_kind;
create unique index one_payment on public.ledger (payment);
drop index public.one_entry;
```

To mend it: make the unique index that replaces it in the same release, before this one is dropped.

Peers: squawk ban-drop-index (every index)
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.guarantees import still_unique
from gate.audit.release import afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def drop_index_unique(catalog: Catalog) -> Iterator[Hit]:
    """Unique indexes in use after which nothing keeps the same columns unique."""
    for change in in_use(catalog, "drop index"):
        if "unique" in change.words and not still_unique(afterwards(catalog), change):
            on = f" ({', '.join(change.columns)})" if change.columns else ""
            message = (
                f"unique index {change.part!r} of {change.name}{on} is dropped: there may be duplicates{change.where}"
            )
            yield Hit(change.place, message, change.what, change.text)
