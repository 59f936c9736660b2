"""The migrations install pg_graphql, which tells whoever asks what tables there are.

Its schema lists every table and column that the caller's role may use, with their comments. The rows stay protected; their shape is
known to a stranger before the first guess. Since 2026 it is off unless it is asked for: a note.

```sql
create extension pg_graphql;  -- flagged
create table public.notes (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
grant select on public.notes to anon, authenticated;
```

```sql
create table public.notes (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
grant select on public.notes to anon, authenticated;
```

Where it is dropped again, or strangers may use no table, it tells them nothing.

```sql
create extension pg_graphql;
create table public.notes (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
revoke all on public.notes from anon;
grant select on public.notes to authenticated;
```

To mend it: `drop extension pg_graphql;` where the app does not use it.

Peers: splinter 0026, 0027
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import exposed_tables
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def graphql_exposes_table(catalog: Catalog) -> Iterator[Hit]:
    """An installed pg_graphql, where anon may use a table of the project."""
    place = catalog.installed.get("pg_graphql")
    if place is None or "pg_graphql" not in catalog.extensions:
        return
    shown = [table for table in exposed_tables(catalog) if "anon" in catalog.reaches(table)]
    if shown:
        message = f"pg_graphql tells anyone the shape of {len(shown)} table{'' if len(shown) == 1 else 's'}"
        yield Hit(place, message, "extension pg_graphql")
