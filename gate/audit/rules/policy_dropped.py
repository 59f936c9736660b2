"""A restrictive policy was dropped, and nothing took its place.

It forbade what the permissive policies of the table allow. Without it they decide alone, and what was closed is open.

```sql
create table public.notes (id uuid primary key, team uuid, hidden boolean);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
create policy floor on public.notes as restrictive for select using (not hidden);
drop policy floor on public.notes;  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, team uuid, hidden boolean);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
create policy floor on public.notes as restrictive for select using (not hidden);
drop policy floor on public.notes;
create policy "not the hidden ones" on public.notes as restrictive for select using (not hidden and team is not null);
grant select on public.notes to authenticated;
```

Without a permissive policy nothing is open, and to drop one of those is to close.

```sql
create table public.notes (id uuid primary key, team uuid, hidden boolean);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
create policy floor on public.notes as restrictive for select using (not hidden);
drop policy see on public.notes;
drop policy floor on public.notes;
grant select on public.notes to authenticated;
```

Where the permissive policies were narrowed since, the floor may have moved into them.

```sql
create table public.notes (id uuid primary key, team uuid, hidden boolean);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
create policy floor on public.notes as restrictive for select using (not hidden);
drop policy floor on public.notes;
alter policy see on public.notes using (not hidden);
grant select on public.notes to authenticated;
```

To mend it, make it again: `create policy floor on public.notes as restrictive for select using (not hidden);`

Peers: none; squawk ban-drop-policy fires on every drop
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Former, Table
from gate.audit.meaning import always_true, open_to
from gate.audit.remedies import made
from gate.audit.ways import same_texts
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_dropped(catalog: Catalog) -> Iterator[Hit]:
    """Dropped restrictive policies on tables that a permissive policy older than the drop still opens."""
    for (name, policy_name), former in catalog.former.items():
        table, policy = catalog.tables.get(name), former.policy
        if table is None or policy.permissive or policy_name in table.policies or not table.rls:
            continue
        if always_true(policy.using or policy.check) or _replaced(table, former) or not _opened(catalog, table, former):
            continue
        message = f"restrictive policy {policy_name!r} on {name} is gone, and {table.name.name} is open as it forbade"
        subject = f"{name} policy {policy_name}"
        yield Hit(former.place, message, subject, f"{policy.using}|{policy.check}", remedy=made(policy))


def _replaced(table: Table, former: Former) -> bool:
    """Whether another restrictive policy for the command asks as much; what it asks more does not matter."""
    was = former.policy
    return any(
        not one.permissive and one.covers(was.command if was.command != "all" else "select")
        for one in table.policies.values()
    )


def _opened(catalog: Catalog, table: Table, former: Former) -> bool:
    """Whether a permissive policy serves somebody whom it bound, and does not ask the same by itself."""
    was = former.policy
    commands = ("select", "insert", "update", "delete") if was.command == "all" else (was.command,)
    return any(
        one.permissive
        and one.covers(command)
        and any(was.applies_to(role) for role in open_to(catalog, table, one, command.upper()))
        and not same_texts(was, one)
        for one in table.policies.values()
        for command in commands
    )
