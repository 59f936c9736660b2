"""A migration adds a value to an enum and uses it at once.

Postgres refuses the value (55P04) until the transaction that added it is through, and a file is one transaction.

```sql
create type public.state as enum ('open', 'closed');
create table public.notes (id uuid primary key, state public.state);
alter table public.notes enable row level security;
-- since
alter type public.state add value 'frozen';
update public.notes set state = 'frozen' where state is null;  -- flagged
```

In the next file the value is there. A type of the same file may be used at once, and a function's text is not run yet.

```sql
create type public.state as enum ('open', 'closed');
create table public.notes (id uuid primary key, state public.state);
alter table public.notes enable row level security;
-- since
-- file: 20260101_value.sql
alter type public.state add value 'frozen';
create function public.freeze() returns void language plpgsql set search_path = '' as $$ begin
  update public.notes set state = 'frozen' where id is null;
end $$;
revoke all on function public.freeze() from public, anon, authenticated;
-- file: 20260102_use.sql
update public.notes set state = 'frozen' where state is null;
```

To mend it: move what uses the value to the next migration.

Peers: squawk ban-add-enum-value (every value)
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def enum_value_used_in_same_transaction(catalog: Catalog) -> Iterator[Hit]:
    """The first use of a type in a newer file; where nobody said which files are newer, a note."""
    release = catalog.release
    told = set()
    for name, label, place in catalog.early:
        if (name, place.path) not in told and (release is None or place.path in release.files):
            told.add((name, place.path))
            message = f"{label!r} of {name} is used in the file that adds it, where Postgres does not take it yet"
            yield Hit(place, message, f"{name} {label}", severity=None if release else Severity.NOTE)
