"""A user joins somebody else's tenant by the own hand.

The policy asks whether the row names the caller, not whether anybody let the caller in. What members may see is then seen.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member', primary key (team_id, user_id));
create table public.projects (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams on delete cascade, name text);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.projects enable row level security;
create policy see on public.projects for select using (team_id in (select m.team_id from public.team_members as m where m.user_id = auth.uid()));
create policy own on public.team_members for select using (user_id = auth.uid());
create policy add on public.team_members for insert with check (user_id = auth.uid());  -- flagged
```

The one who founded the team adds its members.

```sql
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null, owner_id uuid not null references auth.users);
create table public.team_members (team_id uuid references public.teams on delete cascade, user_id uuid references auth.users, role text not null default 'member', primary key (team_id, user_id));
create table public.projects (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams on delete cascade, name text);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.projects enable row level security;
create policy own on public.teams using (owner_id = auth.uid());
create policy see on public.projects for select using (team_id in (select m.team_id from public.team_members as m where m.user_id = auth.uid()));
create policy own on public.team_members for select using (user_id = auth.uid());
create policy add on public.team_members for insert with check (team_id in (select id from public.teams where owner_id = auth.uid()));
```

The tenant may as well stand in the user's profile, where everything may be changed.

```sql
create table public.orgs (id uuid primary key default gen_random_uuid(), name text);
create table public.profiles (id uuid primary key references auth.users, org_id uuid references public.orgs, name text);
create table public.papers (id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs, body text);
alter table public.orgs enable row level security;
alter table public.profiles enable row level security;
alter table public.papers enable row level security;
create policy see on public.profiles for select using (id = auth.uid());
create policy change on public.profiles for update using (id = auth.uid());  -- flagged
create policy ours on public.papers for select using (org_id = (select org_id from public.profiles where id = auth.uid()));
```

```sql
create table public.orgs (id uuid primary key default gen_random_uuid(), name text);
create table public.profiles (id uuid primary key references auth.users, org_id uuid references public.orgs, name text);
create table public.papers (id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs, body text);
alter table public.orgs enable row level security;
alter table public.profiles enable row level security;
alter table public.papers enable row level security;
create policy see on public.profiles for select using (id = auth.uid());
create policy change on public.profiles for update using (id = auth.uid());
create policy ours on public.papers for select using (org_id = (select org_id from public.profiles where id = auth.uid()));
revoke update on public.profiles from anon, authenticated;
grant update (name) on public.profiles to authenticated;
```

To join opens nothing that was closed.

```sql
create table public.clubs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.club_members (club_id uuid references public.clubs on delete cascade, user_id uuid references auth.users, primary key (club_id, user_id));
alter table public.clubs enable row level security;
alter table public.club_members enable row level security;
create policy see on public.clubs for select using (true);
create policy own on public.club_members using (user_id = auth.uid());
```

To mend it: let an invitation be redeemed by a function with `security definer` that checks it, and drop the insert policy.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def foreign_tenant_joined(attempt: Attempt) -> Iterator[Hit]:
    """Memberships that A stored, and that opened rows of B's tenant."""
    if attempt.verb == "join" and attempt.leak and not attempt.public:
        what = f"joins other users' tenants in {attempt.relation} and then reads {attempt.detail}"
        yield Hit(
            attempt.target,
            f"{attempt.who} {what}{attempt.grants}",
            attempt.relation,
            reproducer=attempt.reproducer,
        )
