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

To mend it, replace the argument in the body by `auth.uid()`, or:
`revoke execute on function public.devices_of(uuid) from public, anon, authenticated;`

Peers: splinter 0028 and 0029 flag every callable function with its owner's rights; pgrls SEC042
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Function
from gate.audit.meaning import checks_caller, helpers, names, plain, private, whole_table
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule

WHOSE = re.compile(r"(^|_)(user|owner|profile|account|customer|member|uid)(_?id)?$", re.IGNORECASE)
WRITES = re.compile(r"\b(insert\s+into|update\s+\S+\s+set|delete\s+from|truncate)\b", re.IGNORECASE)
ROWS = {"record", "json", "jsonb"}


@rule(Severity.WARNING)
def definer_function_reads_for_anyone(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that return rows of a protected table for a named user; writing is another rule's."""
    known, used = helpers(catalog), needed(catalog)
    asked = {name for _, policy in catalog.policies() for name in policy.calls}
    for function in catalog.functions.values():
        who = tuple(role for role in API_ROLES if catalog.may(role, "EXECUTE", function.acl, function.name.schema))
        if not function.definer or not who or not catalog.exposed(function.name.schema) or function.name in asked:
            continue
        whose = [name for name, kind in function.arguments if WHOSE.search(name) and kind in {"uuid", "text"}]
        tables = _read(catalog, function, who) if whose and _gives_rows(catalog, function) else []
        body = plain(function.body)
        if tables and not WRITES.search(body) and not checks_caller(known, body):
            message = f"{names(who)} can call {function.signature}, which reads {tables[0]} of any {whose[0]}"
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)


def _gives_rows(catalog: Catalog, function: Function) -> bool:
    return function.returns in ROWS or any(name.name == function.returns for name in catalog.tables)


def _read(catalog: Catalog, function: Function, who: tuple[str, ...]) -> list[str]:
    """The private tables that the body reads and that those who may call it cannot read whole anyway."""
    found = re.findall(r"\b(?:from|join)\s+(?:(\w+)\.)?(\w+)", plain(function.body), re.IGNORECASE)
    named = {(schema or "public", name) for schema, name in found}
    return [
        str(table.name)
        for table in catalog.own_tables()
        if tuple(table.name) in named and table.rls and private(catalog, table)
        if not any(whole_table(catalog, table, role) for role in who)
    ]
