"""A table has policies, and row level security is off.

The policies do nothing: anyone with the app's public key reaches every row, while the code reads as if it were protected.

```sql
create table public.notes (id uuid primary key, owner uuid);  -- flagged
create policy own on public.notes using (owner = auth.uid());
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid);
create policy own on public.notes using (owner = auth.uid());
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
```

To mend it: `alter table public.notes enable row level security;`

Peers: pgrls SEC032; splinter 0007; rlsautotest L008
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import exposed_tables
from gate.audit.remedies import enabled
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policies_without_rls(catalog: Catalog) -> Iterator[Hit]:
    """Tables whose policies are dead letters."""
    for table in exposed_tables(catalog):
        if table.policies and not table.rls:
            count = len(table.policies)
            dead = f"the policy of {table.name} does" if count == 1 else f"the {count} policies of {table.name} do"
            message = f"{dead} nothing: row level security is off"
            yield Hit(table.changed or table.place, message, str(table.name), remedy=enabled(table))
