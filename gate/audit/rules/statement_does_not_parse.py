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

Peers: squawk syntax-error
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def statement_does_not_parse(catalog: Catalog) -> Iterator[Hit]:
    """Every statement that the parser of Postgres refuses."""
    for statement in catalog.failed:
        yield Hit(statement.place, f"this statement does not parse: {statement.problem}", "statement", statement.text)
