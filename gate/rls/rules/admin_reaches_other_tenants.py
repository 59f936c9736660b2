"""Whoever runs one tenant reads what belongs to another.

The policy asks whether the caller is an admin, and forgets to ask of which tenant. Anybody may found a tenant of the own.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), primary key (team_id, user_id));  -- flagged
create table public.invoices (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams on delete cascade, total int);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.invoices enable row level security;
create policy own on public.team_members for select using (user_id = auth.uid());
create policy boss on public.invoices for select using (exists (select from public.team_members as m where m.user_id = auth.uid() and m.role = 'owner'));
```

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member' check (role in ('owner', 'member')), primary key (team_id, user_id));
create table public.invoices (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams on delete cascade, total int);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.invoices enable row level security;
create policy own on public.team_members for select using (user_id = auth.uid());
create policy boss on public.invoices for select using (exists (select from public.team_members as m where m.user_id = auth.uid() and m.role = 'owner' and m.team_id = invoices.team_id));
```

To mend it: compare the membership's tenant with that of the row.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def admin_reaches_other_tenants(attempt: Attempt) -> Iterator[Hit]:
    """Rows of B's tenant that A saw who runs another one."""
    if attempt.verb == "reach" and attempt.leak and not attempt.public:
        message = f"whoever runs a tenant in {attempt.relation} reads other tenants' rows in {attempt.detail}"
        yield Hit(
            attempt.target,
            f"{message}{attempt.grants}",
            attempt.relation,
            reproducer=attempt.reproducer,
        )
