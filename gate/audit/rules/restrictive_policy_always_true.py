"""A restrictive policy forbids nothing, because its condition is always true.

It reads as a floor under the other policies, and is none: the wider policy beside it decides alone.

```sql
create table public.notes (id uuid primary key, user_id uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
create policy floor on public.notes as restrictive for select using (true);  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, user_id uuid);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
create policy floor on public.notes as restrictive for select using (user_id = auth.uid());
grant select on public.notes to authenticated;
```

To mend it, say what must hold: `alter policy floor on public.notes using (user_id = auth.uid());`

Peers: pgrls SEC031
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import always_true
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def restrictive_policy_always_true(catalog: Catalog) -> Iterator[Hit]:
    """Restrictive policies whose every condition is true, on tables within reach."""
    for table, policy in catalog.policies():
        conditions = [text for text in (policy.using, policy.check) if text]
        if not policy.permissive and table.rls and catalog.reaches(table) and all(map(always_true, conditions)):
            message = f"restrictive policy {policy.name!r} on {table.name} restricts nothing: it is always true"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.using + policy.check)
