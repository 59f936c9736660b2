"""A plain member throws out whoever runs the tenant.

The policy for deleting lets every member remove every membership. The owner is locked out of the own tenant.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team_id from public.team_members where user_id = auth.uid() $$;
create policy see on public.team_members for select using (team_id in (select public.my_teams()));
create policy remove on public.team_members for delete using (team_id in (select public.my_teams()));  -- flagged
```

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team_id from public.team_members where user_id = auth.uid() $$;
create policy see on public.team_members for select using (team_id in (select public.my_teams()));
create policy leave on public.team_members for delete using (user_id = auth.uid());
```

Without roles all members are alike.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team_id from public.team_members where user_id = auth.uid() $$;
create policy see on public.team_members for select using (team_id in (select public.my_teams()));
create policy remove on public.team_members for delete using (team_id in (select public.my_teams()));
```

To mend it: let members delete the own row, and those who run the tenant the others, with the role looked up in a function with `security definer`.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def member_removes_owner(attempt: Attempt) -> Iterator[Hit]:
    """Memberships of B, who runs the tenant, that A, a plain member, removed."""
    if attempt.verb == "oust" and attempt.leak:
        message = f"a plain member removes whoever runs the tenant from {attempt.relation}"
        yield Hit(
            attempt.target,
            f"{message}{attempt.grants}",
            attempt.relation,
            reproducer=attempt.reproducer,
        )
