"""Postgres refuses a statement of a migration, and the deploy stops there.

What makes an object that is there already, or drops one that others need, fails wherever the earlier files were applied. In a new
migration that is an error: it is about to happen.

```sql
create table public.notes (id uuid primary key);
alter table public.notes enable row level security;
create view public.recent with (security_invoker = on) as select id from public.notes;
-- since
-- file: 20260201_notes.sql
create table public.notes (id uuid primary key, body text);  -- flagged
-- file: 20260202_drop.sql
drop table public.notes;  -- flagged
```

In older files it is a note: the database that was built from them got past it, a new one (`supabase db reset`, a preview branch) does not.

```sql
create table public.notes (id uuid primary key);
alter table public.notes enable row level security;
create table public.notes (id uuid primary key);  -- flagged
```

```sql
create table public.notes (id uuid primary key);
alter table public.notes enable row level security;
-- since
create table if not exists public.notes (id uuid primary key, body text);
drop table if exists public.drafts;
do $$ begin
  create table public.notes (id uuid primary key);
exception when duplicate_table then null;
end $$;
```

An object that no migration made may be in the database all the same: that is another rule's question. One that they took away is gone.

```sql
create table public.notes (id uuid primary key);
create table public.drafts (id uuid primary key);
alter table public.notes enable row level security;
drop table public.drafts;
-- since
alter table public.drafts add column body text;  -- flagged
alter table public.folders add column body text;
```

To mend it: IF NOT EXISTS and IF EXISTS where it may be either, else the statement for the state that there is.

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity, Span
from gate.rule import rule

NEVER = re.compile(r"^(?:table|view|sequence|function) ([^\s,]+),? .*was never created$")


@rule(Severity.ERROR)
def migration_does_not_apply(catalog: Catalog) -> Iterator[Hit]:
    """The first refusal of each newer file, where it stops; one finding for all of the older ones."""
    older: list[tuple[str, Span]] = []
    newer: dict[str, list[tuple[str, Span]]] = {}
    release = catalog.release
    refused = release.head.missing if release and release.head else catalog.missing
    for what, place in refused:
        if what.startswith("the block raises"):  # which hangs on the rows that there are
            continue
        never = "was never created" in what
        if release and place.path in release.files:
            gone = NEVER.match(what)
            if not never or (gone and gone.group(1) in catalog.gone):
                said = what if not gone else f"{gone.group(1)} is gone since {catalog.gone[gone.group(1)]}"
                newer.setdefault(place.path, []).append((said, place))
        elif not never:
            older.append((what, place))
    for several in newer.values():
        what, place = several[0]
        more = f", and {len(several) - 1} more of this file" if len(several) > 1 else ""
        yield Hit(place, f"Postgres refuses this{more}: {what}", what)
    if older:
        more = f", nor past {len(older) - 1} more statements" if len(older) > 1 else ""
        message = f"a database that is built from these files does not get past this{more}: {older[0][0]}"
        yield Hit(older[0][1], message, "older files", severity=Severity.NOTE)
