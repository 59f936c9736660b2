"""A function lets a stranger change or delete rows that belong to somebody else.

It was called with another user's id, and that user's row changed. Through the API everybody may name any id.

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 0);
alter table public.wallets enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create function public.add_credits(p_user_id uuid, p_amount int) returns void language sql security definer set search_path = '' as $$ update public.wallets set balance = balance + p_amount where user_id = p_user_id $$;  -- flagged
```

Taking the right to execute from PUBLIC alone leaves what the platform granted to `anon` and `authenticated`.

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 0);
alter table public.wallets enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create function public.add_credits(p_user_id uuid, p_amount int) returns void language sql security definer set search_path = '' as $$ update public.wallets set balance = balance + p_amount where user_id = p_user_id $$;
revoke execute on function public.add_credits(uuid, int) from public, anon, authenticated;
```

A row is named by its id.

```sql
create table public.projects (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
alter table public.projects enable row level security;
create policy own on public.projects using (user_id = auth.uid());
create function public.drop_project(project_id uuid) returns void language sql security definer set search_path = '' as $$ delete from public.projects where id = project_id $$;  -- flagged
```

```sql
create table public.projects (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text, views int not null default 0);
alter table public.projects enable row level security;
create policy own on public.projects using (user_id = auth.uid());
create function public.drop_project(project_id uuid) returns void language sql set search_path = '' as $$ delete from public.projects where id = project_id $$;
create function public.drop_mine(project_id uuid) returns void language sql security definer set search_path = '' as $$ delete from public.projects where id = project_id and user_id = auth.uid() $$;
create function public.count_view(project_id uuid) returns void language sql security definer set search_path = '' as $$ update public.projects set views = views + 1 where id = project_id $$;
```

Whoever pays may give.

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 5000 check (balance >= 0));
alter table public.wallets enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create function public.pay(recipient_id uuid, amount int) returns void language plpgsql security definer set search_path = '' as $$
begin
  if amount <= 0 then raise exception 'nothing to pay'; end if;
  update public.wallets set balance = balance - amount where user_id = auth.uid();
  if not found then raise exception 'sign in'; end if;
  update public.wallets set balance = balance + amount where user_id = recipient_id;
end $$;
```

A nightly clean-up that anybody may start, where nobody chooses whose rows it is about, is a warning.

To mend it: take the user from `auth.uid()` instead of an argument, or `revoke execute on function ... from public, anon, authenticated`.
"""

import re
from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule

# Functions without arguments, and those named after upkeep.
UPKEEP = re.compile(
    r"\(\)$|^[^(]*[._](expired?|clean|cleanup|purge|prune|recalc(ulate)?|recompute|refresh|sync|rebuild|backfill|ensure)(_|\()"
)


@rule(Severity.ERROR)
def function_changes_others_rows(attempt: Attempt) -> Iterator[Hit]:
    """Calls after which a row of B was another, or gone."""
    if attempt.verb == "call to change" and attempt.leak:
        what = f"changes other users' rows of {attempt.detail} ({', '.join(attempt.columns)})"
        if not attempt.columns:
            what = f"deletes other users' rows of {attempt.detail}"
        yield Hit(
            attempt.target,
            f"{attempt.who} {what} through {attempt.relation}{attempt.grants}",
            f"{attempt.relation} changes {attempt.detail}",
            severity=Severity.WARNING if UPKEEP.search(attempt.relation) else None,
            reproducer=attempt.reproducer,
        )
