"""SET NOT NULL reads the whole table while nobody can use it.

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

To mend it: add a check NOT VALID, validate it in the next migration, then set NOT NULL and drop the check.

Peers: squawk adding-not-nullable-field; pgls addingNotNullField
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.locks import proved_not_null, single
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def not_null_scan(catalog: Catalog) -> Iterator[Hit]:
    """Columns in use that are made required without a check that proves it."""
    for change in in_use(catalog, "set not null"):
        if "proved" not in change.words:
            message = f"while {change.part!r} is looked at in every row, nobody can use {change.name}{change.where}"
            remedy = proved_not_null(change) if single(catalog, change) else None
            yield Hit(change.place, message, change.what, change.text, remedy=remedy)
