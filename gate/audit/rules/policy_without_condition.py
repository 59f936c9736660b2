"""A policy without any condition lets nothing through.

Some read it as open. Postgres denies every row, and the feature behind it fails with 42501.

```sql
create table public.notes (id uuid primary key, user_id uuid);
alter table public.notes enable row level security;
create policy add on public.notes for insert to authenticated;  -- flagged
grant insert on public.notes to authenticated;
```

Without a condition for other commands it may well be meant so: a note, one for all of them.

```sql
create table public.notes (id uuid primary key, user_id uuid);
alter table public.notes enable row level security;
create policy nobody on public.notes for all to authenticated;  -- flagged
grant select on public.notes to authenticated;
```

One for the server is of no consequence, because `service_role` passes row level security.

```sql
create table public.notes (id uuid primary key, user_id uuid);
alter table public.notes enable row level security;
create policy server on public.notes for all to service_role;
grant select on public.notes to authenticated;
```

For other commands than INSERT, USING is the check as well.

```sql
create table public.notes (id uuid primary key, user_id uuid);
alter table public.notes enable row level security;
create policy own on public.notes for all to authenticated using (user_id = auth.uid());
grant insert on public.notes to authenticated;
```

To mend it: `alter policy add on public.notes with check (user_id = auth.uid());`

Peers: none; pgrls SEC006 takes it for open
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy
from gate.audit.meaning import counted
from gate.audit.remedies import altered, own_row
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def policy_without_condition(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies with neither USING nor WITH CHECK, on tables within reach."""
    quiet: list[Policy] = []
    for table, policy in catalog.policies():
        served = any(policy.applies_to(role) for role in catalog.reaches(table))
        if not policy.permissive or not table.rls or not served or policy.using or policy.check:
            continue
        if policy.command != "insert":
            quiet.append(policy)
            continue
        message = f"policy {policy.name!r} on {table.name} has no condition, and so lets nothing through"
        own = own_row(catalog, table)
        remedy = altered(policy, check=own) if own else None
        yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.command, remedy=remedy)
    if quiet:
        where = counted([f"{one.name!r} on {one.table}" for one in quiet])
        message = f"no condition, so that nothing is let through: {where}"
        yield Hit(quiet[0].place, message, "policies without a condition", severity=Severity.NOTE)
