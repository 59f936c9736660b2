"""A stranger adds rows in somebody else's name.

It was done: a row that says it is B's was stored by another user. B pays for it, or is blamed for it.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy add on public.letters for insert with check (true);  -- flagged
```

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy add on public.letters for insert with check (user_id = auth.uid());
```

A suggestion box belongs to nobody.

```sql
create table public.suggestions (id uuid primary key default gen_random_uuid(), body text);
alter table public.suggestions enable row level security;
create policy add on public.suggestions for insert with check (true);
```

A trigger that puts the caller's id in mends the row.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy add on public.letters for insert with check (true);
create function public.sign() returns trigger language plpgsql as $$ begin new.user_id := auth.uid(); return new; end $$;
create trigger sign before insert on public.letters for each row execute function public.sign();
```

What a view shows does not limit what is added through it, with the rights of its owner.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy own on public.letters for select using (user_id = auth.uid());
create view public.my_letters as select * from public.letters where user_id = auth.uid();  -- flagged
create view public.own_letters as select * from public.letters where user_id = auth.uid() with check option;
create view public.letters_of_mine with (security_invoker = true) as select * from public.letters where user_id = auth.uid();
```

To mend it: `with check (user_id = auth.uid())`, and `security_invoker = true` on a view.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def row_inserted_in_anothers_name(attempt: Attempt) -> Iterator[Hit]:
    """Rows in the name of B that A or anon stored."""
    if attempt.verb == "insert" and attempt.leak and attempt.owner:
        message = f"{attempt.who} adds rows to {attempt.relation} in somebody else's name{attempt.grants}"
        yield Hit(
            attempt.target,
            message,
            f"{attempt.relation} insert by {attempt.actor}",
            reproducer=attempt.reproducer,
        )
