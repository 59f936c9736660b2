"""A new foreign key is checked while nobody can write to either table.

Every row that is there is looked up in the other table, and until that is done writers of both wait.

```sql
create table public.users (id uuid primary key);
create table public.notes (id uuid primary key, owner uuid);
-- since
alter table public.notes add constraint of_user foreign key (owner) references public.users (id);  -- flagged
```

In two steps, in two transactions: NOT VALID holds new rows to it at once, VALIDATE looks at the old ones while others write. In one
file they are one transaction, and the lock of the first is kept during the second.

```sql
create table public.users (id uuid primary key);
create table public.notes (id uuid primary key, owner uuid);
-- since
alter table public.notes add constraint of_user foreign key (owner) references public.users (id) not valid;
alter table public.notes validate constraint of_user;  -- flagged
```

```sql
create table public.users (id uuid primary key);
create table public.notes (id uuid primary key, owner uuid);
-- since
-- file: 20260102_key.sql
alter table public.notes add constraint of_user foreign key (owner) references public.users (id) not valid;
-- file: 20260103_validate.sql
alter table public.notes validate constraint of_user;
```

A new table has no rows to look at, nor has a column that is empty yet.

```sql
create table public.users (id uuid primary key);
create table public.notes (id uuid primary key);
-- since
alter table public.notes add column owner uuid references public.users (id);
create table public.drafts (id uuid primary key, owner uuid);
alter table public.drafts add foreign key (owner) references public.users (id);
```

To mend it: add it NOT VALID, and validate it in the next migration.

Peers: squawk adding-foreign-key-constraint; pgls addingForeignKeyConstraint
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.locks import LATER, held, not_valid, single, validated
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def foreign_key_validated_at_once(catalog: Catalog) -> Iterator[Hit]:
    """Keys of tables in use whose rows are looked at under a lock."""
    for change in in_use(catalog, "add constraint", "add column", "validate constraint"):
        if "foreign" not in change.words:
            continue
        message = f"while the key to {change.other} is checked, nobody can write to {change.name}{change.where}"
        remedy = None
        if change.act == "add constraint":
            if "not valid" in change.words:
                continue
            remedy = not_valid(catalog, change)
        elif change.act == "add column":
            if "default" not in change.words:
                continue
        elif not held(catalog, change):
            continue
        elif single(catalog, change):
            remedy = f"{LATER}\n{validated(change)}"
        yield Hit(change.place, message, change.what, change.text, remedy=remedy)
