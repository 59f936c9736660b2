"""A new migration drops a constraint, and with it a guarantee.

A balance goes below zero, a row points to nothing, an entry is there twice; and the constraint cannot come back before such rows are
mended.

```sql
create table public.wallets (id uuid primary key, balance int, constraint not_negative check (balance >= 0));
-- since
alter table public.wallets drop constraint not_negative;  -- flagged
```

Replaced by a weaker one it is a note, so that somebody has looked at it.

```sql
create table public.wallets (id uuid primary key, balance int, constraint not_negative check (balance >= 0));
-- since
alter table public.wallets drop constraint not_negative;  -- flagged
alter table public.wallets add constraint not_negative check (balance >= -100);
```

Replaced by an equal or stricter one nothing is lost, nor where a list of values grows.

```sql
create table public.wallets (id uuid primary key, balance int, state text, owner uuid,
  constraint not_negative check (balance >= 0), constraint states check (state in ('open', 'closed')),
  constraint one_each unique (owner));
-- since
alter table public.wallets drop constraint not_negative;
alter table public.wallets add constraint not_negative check (balance >= 0 and balance < 1000000);
alter table public.wallets drop constraint states;
alter table public.wallets add constraint states check (state in ('open', 'closed', 'frozen'));
create unique index one_for_each on public.wallets (owner);
alter table public.wallets drop constraint one_each;
```

To mend it: add the constraint that replaces it in the same release.

Peers: squawk ban-drop-constraint
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.guarantees import replaced
from gate.audit.release import afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def drop_constraint(catalog: Catalog) -> Iterator[Hit]:
    """Constraints in use after which nothing guarantees the same."""
    head = afterwards(catalog)
    for change in in_use(catalog, "drop constraint"):
        how = replaced(head, change)
        if how == "equal" or (change.name not in head.tables and change.columns):
            continue
        what = f": {change.was}" if change.was else f" on {', '.join(change.columns)}" if change.columns else ""
        weaker = ", replaced by a weaker one" if how == "weaker" else ""
        message = f"constraint {change.part!r} of {change.name} is dropped{weaker}{what}{change.where}"
        yield Hit(change.place, message, change.what, change.text, Severity.NOTE if weaker else None)
