"""A function with its owner's rights hands out the rows of whomever the caller names.

The rows are protected by policies, and the function reads past them: the argument says whose they are, and nothing compares it
with the caller.

```sql
create table public.devices (id uuid primary key, user_id uuid references auth.users, push_token text);
alter table public.devices enable row level security;
create policy own on public.devices for select using (user_id = auth.uid());
create function public.devices_of(p_user_id uuid) returns setof public.devices language sql stable security definer set search_path = '' as $$  -- flagged
  select * from public.devices where user_id = p_user_id $$;
```

Ask who is calling, or let the policies decide.

```sql
create table public.devices (id uuid primary key, user_id uuid references auth.users, push_token text);
alter table public.devices enable row level security;
create policy own on public.devices for select using (user_id = auth.uid());
create function public.devices_of(p_user_id uuid) returns setof public.devices language sql stable security definer set search_path = '' as $$
  select * from public.devices where user_id = p_user_id and user_id = auth.uid() $$;
create function public.devices_of_user(p_user_id uuid) returns setof public.devices language sql stable set search_path = '' as $$
  select * from public.devices where user_id = p_user_id $$;
```

A yes or no, a role, and what a policy itself asks are answers and no rows.

```sql
create table public.members (team_id uuid, user_id uuid references auth.users, role text, primary key (team_id, user_id));
alter table public.members enable row level security;
create function public.role_in(p_team uuid, p_user_id uuid) returns text language sql stable security definer set search_path = '' as $$
  select role from public.members where team_id = p_team and user_id = p_user_id $$;
create function public.teams_of(p_user_id uuid) returns setof public.members language sql stable security definer set search_path = '' as $$
  select * from public.members where user_id = p_user_id $$;
create policy team on public.members for select using (team_id in (select team_id from public.teams_of(auth.uid())));
```

Nor is there anything to hand out where row security lets everyone read, though the grant be missing.

```sql
create table public.players (id uuid primary key, user_id uuid references auth.users, city text);
alter table public.players enable row level security;
create policy "Players are viewable by everyone" on public.players for select using (true);
create function public.city_of(p_user_id uuid) returns json language sql stable security definer set search_path = '' as $$
  select to_json(city) from public.players where user_id = p_user_id $$;
```

To mend it, replace the argument in the body by `auth.uid()`, or:
`revoke execute on function public.devices_of(uuid) from public, anon, authenticated;`

Peers: splinter 0028 and 0029 flag every callable function with its owner's rights; pgrls SEC042
"""

from collections.abc import Iterator

from gate.audit.bodies import WHOSE, callers, gives_rows, read_tables, writes
from gate.audit.catalog import Catalog
from gate.audit.meaning import checks_caller, helpers, names, plain, private, whole_table
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def definer_function_reads_for_anyone(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that return rows of a protected table for a named user; writing is another rule's."""
    known, used = helpers(catalog), needed(catalog)
    asked = {name for _, policy in catalog.policies() for name in policy.calls}
    for function in catalog.functions.values():
        who = callers(catalog, function) if function.definer and function.name not in asked else ()
        whose = [name for name, kind in function.arguments if WHOSE.search(name) and kind in {"uuid", "text"}]
        if not who or not whose or not gives_rows(catalog, function) or writes(function.body):
            continue
        tables = _read(catalog, plain(function.body), who)
        if tables and not checks_caller(known, function.body):
            message = f"{names(who)} can call {function.signature}, which reads {tables[0]} of any {whose[0]}"
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)


def _read(catalog: Catalog, body: str, who: tuple[str, ...]) -> list[str]:
    """The private tables that a body reads and that those who may call it cannot read whole anyway."""
    named = set(read_tables(body))
    return [
        str(table.name)
        for table in catalog.own_tables()
        if tuple(table.name) in named and table.rls and private(catalog, table)
        if not any(whole_table(table, role) for role in who)
    ]
