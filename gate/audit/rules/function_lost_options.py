"""A function lost its owner's rights, because CREATE OR REPLACE resets what it does not repeat.

The body is the same or better, and the policies or users that call it get nothing: with the caller's rights it sees only what the
caller may see, or leads back to the table whose policy asked. The quick repair is often to switch row level security off.

```sql
create table public.members (team uuid, user_id uuid, primary key (team, user_id));
create table public.papers (id uuid primary key, team uuid);
alter table public.members enable row level security;
alter table public.papers enable row level security;
create function public.in_team(t uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.members where team = t and user_id = auth.uid()) $$;
create policy team on public.papers for select using (public.in_team(team));
create or replace function public.in_team(t uuid) returns boolean language sql stable set search_path = '' as $$  -- flagged
  select exists (select 1 from public.members m where m.team = t and m.user_id = auth.uid()) $$;
grant select on public.papers, public.members to authenticated;
```

Repeat the options, or give them back.

```sql
create table public.members (team uuid, user_id uuid, primary key (team, user_id));
create table public.papers (id uuid primary key, team uuid);
alter table public.members enable row level security;
alter table public.papers enable row level security;
create function public.in_team(t uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.members where team = t and user_id = auth.uid()) $$;
create policy team on public.papers for select using (public.in_team(team));
create or replace function public.in_team(t uuid) returns boolean language sql stable set search_path = '' as $$
  select exists (select 1 from public.members m where m.team = t and m.user_id = auth.uid()) $$;
alter function public.in_team(uuid) security definer;
grant select on public.papers, public.members to authenticated;
```

A function that no policy needs may have been taken its owner's rights on purpose. That a search path was lost is told by the rule
about search paths.

```sql
create table public.members (team uuid, user_id uuid, primary key (team, user_id));
alter table public.members enable row level security;
create function public.team_size(t uuid) returns bigint language sql stable security definer set search_path = '' as $$
  select count(*) from public.members where team = t and user_id = auth.uid() $$;
create or replace function public.team_size(t uuid) returns bigint language sql stable set search_path = '' as $$
  select count(*) from public.members where team = t $$;
```

To mend it: `alter function public.in_team(uuid) security definer;`

Peers: none; squawk ban-alter-function-options sees ALTER FUNCTION alone
"""

from collections.abc import Iterator

from gate.audit.bodies import read_tables
from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import plain
from gate.audit.quoting import callable_signature
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def function_lost_options(catalog: Catalog) -> Iterator[Hit]:
    """Functions that a policy calls, that read protected tables, and whose owner's rights a replacement took away."""
    lost = [function for function in catalog.functions.values() if function.lost_definer and not function.definer]
    asked = {name for _, policy in catalog.policies() for name in policy.calls} if lost else set()
    for function in lost:
        tables = [catalog.tables.get(Name(*name)) for name in read_tables(plain(function.body))]
        if function.name in asked and any(table is not None and table.rls for table in tables):
            message = f"{function.signature} lost its owner's rights in this CREATE OR REPLACE, and policies call it"
            form = callable_signature(catalog, function)
            remedy = f"alter function {form} security definer;" if form else None
            yield Hit(function.place, message, function.signature, remedy=remedy)
