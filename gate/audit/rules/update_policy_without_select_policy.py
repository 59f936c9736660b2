"""Users may update or delete rows that they may not see, so that nothing happens.

An UPDATE or DELETE with a WHERE needs the select policy as well. Without one the statement succeeds with zero rows.

```sql
create table public.notes (id uuid primary key, user_id uuid, body text);
alter table public.notes enable row level security;
create policy change on public.notes for update to authenticated using (user_id = auth.uid());  -- flagged
grant select, update on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, user_id uuid, body text);
alter table public.notes enable row level security;
create policy change on public.notes for update to authenticated using (user_id = auth.uid());
create policy see on public.notes for select to authenticated using (user_id = auth.uid());
grant select, update on public.notes to authenticated;
```

Where a CASCADE took the select policy, that is the finding.

```sql
create table public.notes (id uuid primary key, user_id uuid, team uuid);
alter table public.notes enable row level security;
create policy change on public.notes for update to authenticated using (user_id = auth.uid());
create policy see on public.notes for select to authenticated using (team = auth.uid());
alter table public.notes drop column team cascade;
grant select, update on public.notes to authenticated;
```

To mend it: `create policy see on public.notes for select to authenticated using (user_id = auth.uid());`

Peers: rlsautotest L010 in part
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog
from gate.audit.meaning import missed, open_to
from gate.audit.remedies import seen_alike
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def update_policy_without_select_policy(catalog: Catalog) -> Iterator[Hit]:
    """Update and delete policies that serve roles without any select policy; one finding per table."""
    lost = {one.policy.table for one in catalog.lost if one.policy.covers("select") and missed(catalog, one)}
    for table in catalog.own_tables():
        if table.name in lost:
            continue
        readers = {
            role
            for role in API_ROLES
            for one in table.policies.values()
            if one.permissive and one.covers("select") and one.applies_to(role)
        }
        for policy in table.policies.values():
            if not table.rls or not policy.permissive or policy.command not in {"update", "delete"}:
                continue
            served = set(open_to(catalog, table, policy, policy.command.upper()))
            if served and not served & readers:
                message = f"policy {policy.name!r} on {table.name} has no effect: no policy lets its users see a row"
                remedy = seen_alike(table, policy)
                yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.using, remedy=remedy)
                break
