"""A user adds a row, and a trigger books it: credits for the user, or from somebody else.

It was done. The policy asks whose row it is; the trigger, with its owner's rights, believes the amount that stands in it. Whoever sends
a negative amount takes what the other has.

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 0);
create table public.transfers (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, to_user uuid not null references auth.users, amount int not null);
alter table public.wallets enable row level security;
alter table public.transfers enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create policy own on public.transfers for select using (user_id = auth.uid());
create policy give on public.transfers for insert with check (user_id = auth.uid());  -- flagged
create function public.book() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update public.wallets set balance = balance - new.amount where user_id = new.user_id;
  update public.wallets set balance = balance + new.amount where user_id = new.to_user;
  return new;
end $$;
create trigger book after insert on public.transfers for each row execute function public.book();
```

An amount above zero, and a balance that may not fall below.

```sql
create table public.wallets (user_id uuid primary key references auth.users, balance int not null default 0 check (balance >= 0));
create table public.transfers (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, to_user uuid not null references auth.users, amount int not null check (amount > 0));
alter table public.wallets enable row level security;
alter table public.transfers enable row level security;
create policy own on public.wallets for select using (user_id = auth.uid());
create policy own on public.transfers for select using (user_id = auth.uid());
create policy give on public.transfers for insert with check (user_id = auth.uid());
create function public.book() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update public.wallets set balance = balance - new.amount where user_id = new.user_id;
  update public.wallets set balance = balance + new.amount where user_id = new.to_user;
  return new;
end $$;
create trigger book after insert on public.transfers for each row execute function public.book();
```

A journal of credits to which users add is a mint.

```sql
create table public.profiles (id uuid primary key references auth.users, credits int not null default 0);
create table public.credit_events (id bigint generated always as identity primary key, user_id uuid not null references auth.users, amount int not null, reason text);
alter table public.profiles enable row level security;
alter table public.credit_events enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create policy own on public.credit_events using (user_id = auth.uid());  -- flagged
create function public.count_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin update public.profiles set credits = credits + new.amount where id = new.user_id; return new; end $$;
create trigger count_up after insert on public.credit_events for each row execute function public.count_up();
```

```sql
create table public.profiles (id uuid primary key references auth.users, credits int not null default 0);
create table public.credit_events (id bigint generated always as identity primary key, user_id uuid not null references auth.users, amount int not null, reason text);
alter table public.profiles enable row level security;
alter table public.credit_events enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create policy own on public.credit_events for select using (user_id = auth.uid());
create function public.count_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin update public.profiles set credits = credits + new.amount where id = new.user_id; return new; end $$;
create trigger count_up after insert on public.credit_events for each row execute function public.count_up();
```

To mend it: let only the server add such rows: `drop policy ... ; revoke insert on public.credit_events from anon, authenticated;`, or refuse in the
trigger what the user may not send.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def trigger_books_for_anyone(attempt: Attempt) -> Iterator[Hit]:
    """Rows that A added, after which A had more or B had less."""
    if attempt.verb == "book" and attempt.leak:
        table, column, *others = attempt.detail.split()
        what = f"takes {column} from other users' rows of" if others else f"raises {column} in the own row of"
        yield Hit(
            attempt.target,
            f"{attempt.who} {what} {table} by a row added to {attempt.relation}{attempt.grants}",
            f"{attempt.relation} books {table} {column}",
            reproducer=attempt.reproducer,
        )
