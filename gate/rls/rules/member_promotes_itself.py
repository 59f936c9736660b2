"""A plain member takes the role of those who run the tenant.

The policy lets members change their own membership, and the role is a column of it.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create policy own on public.team_members for select using (user_id = auth.uid());
create policy change on public.team_members for update using (user_id = auth.uid());  -- flagged
```

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), nickname text, primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create policy own on public.team_members for select using (user_id = auth.uid());
create policy change on public.team_members for update using (user_id = auth.uid() and role = 'owner');
```

The platform's grants can hold single columns back.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), nickname text, primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create policy own on public.team_members using (user_id = auth.uid());
revoke insert, update on public.team_members from anon, authenticated;
grant update (nickname) on public.team_members to authenticated;
```

To mend it: `revoke update on ... from authenticated; grant update (nickname) on ... to authenticated`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def member_promotes_itself(attempt: Attempt) -> Iterator[Hit]:
    """Roles that A, a plain member of B's tenant, changed in the own membership."""
    if attempt.verb == "promote" and attempt.leak:
        what = f"a plain member sets {', '.join(attempt.columns)} in the own row of {attempt.relation}"
        yield Hit(
            attempt.target,
            f"{what}{attempt.grants}",
            attempt.relation,
            reproducer=attempt.reproducer,
        )
