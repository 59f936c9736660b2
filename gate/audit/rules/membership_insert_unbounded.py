"""Users may add themselves to any group, because the insert policy asks only whose row it is.

The table says who belongs to a group, other policies believe it, and a user writes the own membership: of any team, in any role.

```sql
create table public.teams (id uuid primary key, name text);
create table public.members (team_id uuid references public.teams, user_id uuid, role text, primary key (team_id, user_id));
alter table public.members enable row level security;
alter table public.teams enable row level security;
create policy see on public.members for select using (user_id = auth.uid());
create policy join_team on public.members for insert with check (user_id = auth.uid());  -- flagged
create policy members on public.teams for select using (id in (select team_id from public.members where user_id = auth.uid()));
grant select, insert on public.members, public.teams to authenticated;
```

An invitation, or a group that the caller owns, ties the row to more than the caller.

```sql
create table public.teams (id uuid primary key, owner uuid);
create table public.members (team_id uuid references public.teams, user_id uuid, role text, primary key (team_id, user_id));
alter table public.members enable row level security;
alter table public.teams enable row level security;
create policy see on public.members for select using (user_id = auth.uid());
create policy join_team on public.members for insert
  with check (user_id = auth.uid() and exists (select 1 from public.teams where id = team_id and owner = auth.uid()));
create policy owners on public.teams for select using (owner = auth.uid());
create policy members on public.teams for update using (id in (select team_id from public.members where user_id = auth.uid()));
grant select, insert, update on public.members, public.teams to authenticated;
```

A list that no policy believes gives nothing away.

```sql
create table public.films (id uuid primary key, name text);
create table public.likes (film_id uuid references public.films, user_id uuid, primary key (film_id, user_id));
alter table public.likes enable row level security;
alter table public.films enable row level security;
create policy like_it on public.likes for insert with check (user_id = auth.uid());
grant insert on public.likes to authenticated;
```

To mend it, let only those in who own the group, and others through a function that checks an invitation:

    alter policy join_team on public.members with check (
      exists (select 1 from public.teams where teams.id = members.team_id and teams.owner = auth.uid()));

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.memberships import believers, groups, joined_freely
from gate.audit.quoting import quoted
from gate.audit.remedies import altered, own_row, within_own
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def membership_insert_unbounded(catalog: Catalog) -> Iterator[Hit]:
    """Own-row insert policies on tables of memberships that the policies of the group or of its things ask."""
    for table, policy in catalog.policies():
        if joined_freely(catalog, table, policy):
            believer = next(believers(catalog, table))
            message = (
                f"policy {policy.name!r} lets users add themselves to any {' and '.join(groups(catalog, table))} "
                f"in {table.name}, which policies of {believer} believe"
            )
            text = policy.check or policy.using
            remedy = _remedy(catalog, table, policy)
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)


def _remedy(catalog: Catalog, table: Table, policy: Policy) -> str | None:
    """The owner of the group alone lets people in, where the group has one."""
    for key in table.foreign_keys:
        group = catalog.tables.get(key.target)
        owner = own_row(catalog, group) if group and key.columns[0] in groups(catalog, table) else None
        if group and owner and len(key.columns) == 1 and len(key.target_columns) == 1:
            row = f"{quoted(table.name.name)}.{quoted(key.columns[0])}"
            return altered(policy, check=within_own(group, key.target_columns[0], row, owner))
    return None
