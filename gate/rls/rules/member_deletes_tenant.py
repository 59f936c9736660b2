"""A plain member deletes the tenant, and everything that belongs to it.

The policy for deleting asks who belongs to the tenant, and not who runs it.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team_id from public.team_members where user_id = auth.uid() $$;
create policy see on public.team_members for select using (team_id in (select public.my_teams()));
create policy team on public.teams using (id in (select public.my_teams()));  -- flagged
```

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team_id from public.team_members where user_id = auth.uid() $$;
create policy see on public.team_members for select using (team_id in (select public.my_teams()));
create policy see on public.teams for select using (id in (select public.my_teams()));
create policy rename on public.teams for update using (id in (select public.my_teams()));
create policy owners on public.teams for delete using (exists (select from public.team_members as m where m.team_id = id and m.user_id = auth.uid() and m.role = 'owner'));
```

Without roles all members are alike.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team_id from public.team_members where user_id = auth.uid() $$;
create policy see on public.team_members for select using (team_id in (select public.my_teams()));
create policy team on public.teams using (id in (select public.my_teams()));
```

To mend it: a policy for delete of its own, which asks for the role of those who run the tenant.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def member_deletes_tenant(attempt: Attempt) -> Iterator[Hit]:
    """Tenants that A, a plain member of B's, deleted."""
    if attempt.verb == "close" and attempt.leak:
        yield Hit(
            attempt.target,
            f"a plain member deletes the tenant from {attempt.detail}, with all that belongs to it{attempt.grants}",
            attempt.detail,
            reproducer=attempt.reproducer,
        )
