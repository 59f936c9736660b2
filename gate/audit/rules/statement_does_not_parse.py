"""A statement is no SQL that Postgres accepts.

The deploy stops there, half-way, and whatever the statement was meant to protect is not protected.

```sql
create table public.notes (id uuid primary key);
create policy if not exists own on public.notes using (true);  -- flagged
alter table public.notes enable row level security;
```

```sql
create table public.notes (id uuid primary key);
alter table public.notes enable row level security;
drop policy if exists own on public.notes;
create policy own on public.notes using (id = auth.uid());
```

A quote that is left open takes the statements after it to pieces: one finding per file, at the first of them.

```sql
create table public.notes (id uuid primary key);
create function public.tidy() returns void language plpgsql as $  -- flagged
declare old int := 30;
begin
  delete from public.notes;
end;
$;
-- file: 2_other.sql
create policy if not exists own on public.notes using (true);  -- flagged
```

Peers: squawk syntax-error
"""

from collections.abc import Iterator
from itertools import groupby

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def statement_does_not_parse(catalog: Catalog) -> Iterator[Hit]:
    """Statements that the parser of Postgres refuses, one finding per file: the later ones are often its shreds."""
    for _, statements in groupby(catalog.failed, key=lambda one: one.place.path):
        first, *more = statements
        rest = f", like {len(more)} more after it" if more else ""
        yield Hit(first.place, f"this statement does not parse: {first.problem}{rest}", "statement", first.text)
