"""SET NOT NULL reads the whole table while nobody can use it.

On a table with many rows every query of the app waits, and times out.

```sql
create table public.notes (id uuid primary key, owner uuid);
-- since
alter table public.notes alter column owner set not null;  -- flagged
```

Postgres skips that where a validated check proves it. A column that is required already, or new and filled by a constant, needs none.

```sql
create table public.notes (id uuid primary key, owner uuid, body text not null,
  constraint owned check (owner is not null));
-- since
alter table public.notes alter column owner set not null;
alter table public.notes alter column body set not null;
alter table public.notes add column kind text not null default 'note';
create table public.drafts (id uuid primary key, owner uuid);
alter table public.drafts alter column owner set not null;
```

Columns that one statement makes required are one finding.

```sql
create table public.orders (id uuid primary key, code text, state text);
-- since
alter table public.orders alter column code set not null, alter column state set not null;  -- flagged
```

To mend it: add a check NOT VALID, validate it in the next migration, then set NOT NULL and drop the check.

Peers: squawk adding-not-nullable-field; pgls addingNotNullField
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.locks import proved_not_null, single
from gate.audit.meaning import counted
from gate.audit.release import Change, in_use
from gate.finding import Hit, Severity, Span
from gate.rule import rule


@rule(Severity.WARNING)
def not_null_scan(catalog: Catalog) -> Iterator[Hit]:
    """Columns in use that are made required without a check that proves it, one finding per statement."""
    found: dict[tuple[Span, Name], list[Change]] = {}
    for change in in_use(catalog, "set not null"):
        if "proved" not in change.words:
            found.setdefault((change.place, change.name), []).append(change)
    for (place, name), changes in found.items():
        first, several = changes[0], len(changes) > 1
        columns = counted([repr(one.part) for one in changes])
        message = f"while {columns} {'are' if several else 'is'} looked at in every row, nobody can use {name}"
        remedy = proved_not_null(first) if single(catalog, first) else None
        yield Hit(place, message + first.where, first.what, first.text, remedy=remedy)
