"""A new CHECK is tried on every row while nobody can read or write the table.

On a table with many rows every query of the app waits, and times out.

```sql
create table public.notes (id uuid primary key, body text);
-- since
alter table public.notes add constraint short check (length(body) < 1000);  -- flagged
alter table public.notes add column stars int check (stars > 0);  -- flagged
```

In two steps, in two transactions: NOT VALID holds new rows to it at once, VALIDATE looks at the old ones while others write. In one
file they are one transaction, and the lock of the first is kept during the second.

```sql
create table public.notes (id uuid primary key, body text);
-- since
alter table public.notes add constraint short check (length(body) < 1000) not valid;
alter table public.notes validate constraint short;  -- flagged
```

```sql
create table public.notes (id uuid primary key, body text);
-- since
-- file: 20260102_check.sql
alter table public.notes add constraint short check (length(body) < 1000) not valid;
create table public.drafts (id uuid primary key, body text);
alter table public.drafts add check (length(body) < 1000);
-- file: 20260103_validate.sql
alter table public.notes validate constraint short;
```

To mend it: add it NOT VALID, and validate it in the next migration.

Peers: squawk constraint-missing-not-valid; pgls constraintMissingNotValid
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.locks import LATER, held, not_valid, single, validated
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def check_validated_at_once(catalog: Catalog) -> Iterator[Hit]:
    """Checks on tables in use whose rows are looked at under a lock."""
    for change in in_use(catalog, "add constraint", "add column", "validate constraint"):
        if "check" not in change.words or "not valid" in change.words or set(change.words) & {"volatile", "generated"}:
            continue
        if change.act == "validate constraint" and not held(catalog, change):
            continue
        remedy = None
        if change.act == "add constraint":
            remedy = not_valid(catalog, change)
        elif change.act == "validate constraint" and single(catalog, change):
            remedy = f"{LATER}\n{validated(change)}"
        about = f" of {change.part!r}" if change.act == "add column" else f" {change.part!r}"
        message = f"while check{about} is tried on every row, nobody can use {change.name}{change.where}"
        yield Hit(change.place, message, change.what, change.text, remedy=remedy)
