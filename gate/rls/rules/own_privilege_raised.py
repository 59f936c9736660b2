"""A user raises the own credits, role or plan.

It was done: one request, and the own row says more than it should.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0);
alter table public.profiles enable row level security;
create policy own on public.profiles using (id = auth.uid());  -- flagged
```

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0);
alter table public.profiles enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
```

A role that anybody may take is the same.

```sql
create table public.user_roles (user_id uuid references auth.users, role text, primary key (user_id, role));
alter table public.user_roles enable row level security;
create policy own on public.user_roles using (user_id = auth.uid());  -- flagged
```

So is a row that may be added once, with as much in it as one likes.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0);
alter table public.profiles enable row level security;
create policy see on public.profiles for select using (id = auth.uid());
create policy add on public.profiles for insert with check (id = auth.uid());  -- flagged
```

Where the row is made at sign-up there is none to be added.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0);
alter table public.profiles enable row level security;
create policy see on public.profiles for select using (id = auth.uid());
create policy add on public.profiles for insert with check (id = auth.uid());
create function public.welcome() returns trigger language plpgsql security definer set search_path = '' as $$ begin insert into public.profiles (id) values (new.id); return new; end $$;
create trigger welcome after insert on auth.users for each row execute function public.welcome();
```

A trigger may guard the column, silently or not.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0);
alter table public.profiles enable row level security;
create policy see on public.profiles for select using (id = auth.uid());
create policy change on public.profiles for update using (id = auth.uid());
create function public.keep() returns trigger language plpgsql as $$ begin new.credits := old.credits; return new; end $$;
create trigger keep before update on public.profiles for each row execute function public.keep();
```

`role` says here who spoke, and in one's own team it is one's own to set.

```sql
create table public.messages (id int primary key, user_id uuid not null references auth.users, role text, tokens int);
alter table public.messages enable row level security;
create policy own on public.messages using (user_id = auth.uid());
create table public.teams (id int primary key, owner_id uuid not null references auth.users);
alter table public.teams enable row level security;
create policy own on public.teams using (owner_id = auth.uid());
create table public.members (team_id int references public.teams, user_id uuid references auth.users, role text, primary key (team_id, user_id));
alter table public.members enable row level security;
create policy boss on public.members using (team_id in (select id from public.teams where owner_id = auth.uid()));
```

To mend it: `revoke insert, update on public.profiles from anon, authenticated; grant update (name) on public.profiles to authenticated;`
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def own_privilege_raised(attempt: Attempt) -> Iterator[Hit]:
    """Privileged columns that a user changed in the own row."""
    if attempt.verb in {"raise", "start with"} and attempt.leak:
        what = f"sets {attempt.detail} in the own row of" if attempt.detail else "adds the own row to"
        if attempt.verb == "start with":
            what = f"chooses {attempt.detail} when adding the own row to"
        message = f"{attempt.who} {what} {attempt.relation}{attempt.grants}"
        yield Hit(
            attempt.target,
            message,
            f"{attempt.relation} {attempt.detail}",
            reproducer=attempt.reproducer,
        )
