"""Users may move their own membership to another group, because the update policy asks only whose row it is.

The row says who belongs to which team, other policies believe it, and its team may be rewritten: a member of one team becomes a
member of any.

```sql
create table public.teams (id uuid primary key, name text);
create table public.members (team_id uuid references public.teams, user_id uuid, nick text, primary key (team_id, user_id));
alter table public.members enable row level security;
alter table public.teams enable row level security;
create policy see on public.members for select using (user_id = auth.uid());
create policy rename_me on public.members for update using (user_id = auth.uid());  -- flagged
create policy members on public.teams for select using (id in (select team_id from public.members where user_id = auth.uid()));
grant select, update on public.members, public.teams to authenticated;
```

Grant the harmless columns only.

```sql
-- regime: explicit
create table public.teams (id uuid primary key, name text);
create table public.members (team_id uuid references public.teams, user_id uuid, nick text, primary key (team_id, user_id));
alter table public.members enable row level security;
alter table public.teams enable row level security;
create policy see on public.members for select using (user_id = auth.uid());
create policy rename_me on public.members for update using (user_id = auth.uid());
create policy members on public.teams for select using (id in (select team_id from public.members where user_id = auth.uid()));
grant select, update (nick) on public.members to authenticated;
grant select on public.teams to authenticated;
```

A check that ties the new row to more than the caller is as good.

```sql
create table public.teams (id uuid primary key, owner uuid);
create table public.members (team_id uuid references public.teams, user_id uuid, nick text, primary key (team_id, user_id));
alter table public.members enable row level security;
alter table public.teams enable row level security;
create policy see on public.members for select using (user_id = auth.uid());
create policy rename_me on public.members for update using (user_id = auth.uid())
  with check (user_id = auth.uid() and exists (select 1 from public.teams where id = team_id and owner = auth.uid()));
create policy owners on public.teams for select using (owner = auth.uid());
create policy members on public.teams for update using (id in (select team_id from public.members where user_id = auth.uid()));
grant select, update on public.members, public.teams to authenticated;
```

Where users may add themselves to any group anyway, that is the finding.

To mend it: `revoke update on public.members from anon, authenticated; grant update (nick) on public.members to authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import open_to, owner_columns, privileged_columns
from gate.audit.memberships import believers, groups, joined_freely
from gate.audit.own_rows import writable
from gate.audit.remedies import columns_only
from gate.audit.replay.conditions import own_row
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def membership_update_unbounded(catalog: Catalog) -> Iterator[Hit]:
    """Own-row update policies on tables of memberships whose group may be written, where no free insert is told."""
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and policy.covers("update") and own_row(policy.using_node)):
            continue
        if table.triggers or not open_to(catalog, table, policy, "UPDATE"):
            continue
        moved = [one for one in groups(catalog, table) if writable(catalog, table, one, "UPDATE")]
        if not moved or any(joined_freely(catalog, table, one) for one in table.policies.values()):
            continue
        free = policy.check_node is None or own_row(policy.check_node)
        believer = next(believers(catalog, table), None)
        if free and believer:
            message = (
                f"policy {policy.name!r} lets members change the {moved[0]} of their row in {table.name} to any, "
                f"which policies of {believer} believe"
            )
            kept = {*moved, *owner_columns(catalog, table), *table.primary_key, *privileged_columns(catalog, table)}
            remedy = columns_only(table, ("update",), (one for one in table.columns if one not in kept))
            text = f"{policy.using}|{policy.check}"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)
