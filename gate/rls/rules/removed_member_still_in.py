"""A removed member still reads what the tenant holds.

The row of a removed member stays, marked; the policies ask for the row and not for the mark.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, status text not null default 'active' check (status in ('active', 'removed')), primary key (team_id, user_id));  -- flagged
create table public.projects (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams on delete cascade, name text);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.projects enable row level security;
create policy own on public.team_members for select using (user_id = auth.uid());
create policy see on public.projects for select using (team_id in (select m.team_id from public.team_members as m where m.user_id = auth.uid()));
```

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, status text not null default 'active' check (status in ('active', 'removed')), primary key (team_id, user_id));
create table public.projects (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams on delete cascade, name text);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.projects enable row level security;
create policy own on public.team_members for select using (user_id = auth.uid());
create policy see on public.projects for select using (team_id in (select m.team_id from public.team_members as m where m.user_id = auth.uid() and m.status = 'active'));
```

To mend it: ask for the mark in every policy, best in one function; or delete the row.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def removed_member_still_in(attempt: Attempt) -> Iterator[Hit]:
    """Rows of B's tenant that came back to A, whose membership says that it is over."""
    if attempt.verb == "come back" and attempt.leak and not attempt.public:
        mark = ", ".join(attempt.columns)
        yield Hit(
            attempt.target,
            f"whom {attempt.relation}.{mark} calls removed still reads {attempt.detail}{attempt.grants}",
            attempt.relation,
            reproducer=attempt.reproducer,
        )
