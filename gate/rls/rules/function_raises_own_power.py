"""A function lets a user raise the own credits, role or plan.

It was called, and the caller's own row said more than before: by the amount asked for, by as much again at the second call, or a word of power.

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 0);
alter table public.wallets enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create function public.top_up(amount int) returns void language sql security definer set search_path = '' as $$ update public.wallets set balance = balance + amount where user_id = auth.uid() $$;  -- flagged
```

To spend a negative amount is to earn.

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 0);
alter table public.wallets enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create function public.spend(amount int) returns void language sql security definer set search_path = '' as $$ update public.wallets set balance = balance - amount where user_id = auth.uid() $$;  -- flagged
```

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 0);
alter table public.wallets enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create function public.spend(amount int) returns void language plpgsql security definer set search_path = '' as $$
begin
  if amount <= 0 then raise exception 'nothing to spend'; end if;
  update public.wallets set balance = balance - amount where user_id = auth.uid() and balance >= amount;
end $$;
```

What gives the same again at every call gives without end, and any code will do. Once is a present.

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 0, given_on date);
alter table public.wallets enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create function public.redeem(p_code text) returns void language sql security definer set search_path = '' as $$ update public.wallets set balance = balance + 5 where user_id = auth.uid() $$;  -- flagged
create function public.daily_bonus() returns void language sql security definer set search_path = '' as $$ update public.wallets set balance = balance + 5, given_on = current_date where user_id = auth.uid() and given_on is distinct from current_date $$;
```

A role that one gives oneself.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, role text not null default 'user');
alter table public.profiles enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create function public.set_role(new_role text) returns void language sql security definer set search_path = '' as $$ update public.profiles set role = new_role where id = auth.uid() $$;  -- flagged
```

```sql
create table public.profiles (id uuid primary key references auth.users, name text, role text not null default 'user');
alter table public.profiles enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create function public.set_role(new_role text) returns void language sql security definer set search_path = '' as $$ update public.profiles set role = new_role where id = auth.uid() and new_role in ('user', 'guest') $$;
```

To mend it: let the backend alone give: `revoke execute on function ... from public, anon, authenticated`; refuse amounts below one, and remember
what was given for.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def function_raises_own_power(attempt: Attempt) -> Iterator[Hit]:
    """Calls after which a row of A's own gave more."""
    if attempt.verb == "call to raise" and attempt.leak:
        what = f"raises {', '.join(attempt.columns)} in the own row of {attempt.detail}"
        yield Hit(
            attempt.target,
            f"{attempt.who} {what} through {attempt.relation}{attempt.grants}",
            f"{attempt.relation} raises {attempt.detail}",
            reproducer=attempt.reproducer,
        )
