"""The policies of a table lead back to the table itself, so that every query on it fails.

Postgres answers 42P17, "infinite recursion detected in policy". The app does not work, and the quick repair is often to switch
row level security off.

```sql
create table public.members (team_id uuid, user_id uuid, primary key (team_id, user_id));
alter table public.members enable row level security;
create policy team on public.members for select using (  -- flagged
  team_id in (select m.team_id from public.members m where m.user_id = auth.uid()));
grant select on public.members to authenticated;
```

A function with its owner's rights reads the table without its policies.

```sql
create table public.members (team_id uuid, user_id uuid, primary key (team_id, user_id));
alter table public.members enable row level security;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$
  select team_id from public.members where user_id = auth.uid() $$;
create policy team on public.members for select using (team_id in (select public.my_teams()));
grant select on public.members to authenticated;
```

Two tables whose policies ask each other are a circle as well; it is told once.

```sql
create table public.teams (id uuid primary key, owner uuid);
create table public.members (team_id uuid, user_id uuid, primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.members enable row level security;
create policy seen_by_owner on public.members for select using (
  exists (select 1 from public.teams where teams.id = team_id and owner = auth.uid()));
create policy seen_by_members on public.teams for select using (  -- flagged
  exists (select 1 from public.members where members.team_id = teams.id and user_id = auth.uid()));
grant select on public.teams, public.members to authenticated;
```

An insert policy that reads its own table is a circle as soon as the policies for reading hold any sub-select, even the
`(select auth.uid())` that is written for speed.

```sql
create table public.slots (id uuid primary key, user_id uuid);
alter table public.slots enable row level security;
create policy see on public.slots for select using (user_id = (select auth.uid()));
create policy add on public.slots for insert with check (  -- flagged
  user_id = auth.uid() and (select count(*) from public.slots) < 3);
create table public.seats (id uuid primary key, user_id uuid);
alter table public.seats enable row level security;
create policy see on public.seats for select using (user_id = auth.uid());
create policy add on public.seats for insert with check (
  user_id = auth.uid() and (select count(*) from public.seats) < 3);
grant select, insert on public.slots, public.seats to authenticated;
```

To mend it: ask through a function, as `my_teams()` above.

Peers: rlsautotest L006
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog
from gate.audit.replay.recursion import circle
from gate.finding import Hit, Severity
from gate.rule import rule

WORDS = {
    "select": "every query on it",
    "insert": "every INSERT",
    "update": "every UPDATE",
    "delete": "every DELETE",
}


@rule(Severity.ERROR)
def policy_leads_back_to_its_table(catalog: Catalog) -> Iterator[Hit]:
    """Circles of policies, each told once."""
    told: set[frozenset[str]] = set()
    for table in catalog.own_tables():
        if not any(policy.relations for policy in table.policies.values()):
            continue
        ways = ((verb, circle(catalog, table, role, verb)) for verb in WORDS for role in API_ROLES)
        verb, found = next((way for way in ways if way[1]), ("", ()))
        if not found or not catalog.reaches(table) or found[-1].table != table.name:
            continue
        tables = frozenset(map(str, (one.table for one in found)))
        if tables in told:
            continue
        told.add(tables)
        first = found[0]
        way = " and ".join(dict.fromkeys(f"{one.name!r} on {one.table}" for one in found[:-1]))
        message = f"policy {way} leads back to {first.table}: {WORDS[verb]} fails with infinite recursion"
        yield Hit(first.place, message, f"{first.table} policy {first.name}", first.using + first.check)
