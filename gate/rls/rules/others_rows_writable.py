"""A stranger changes or deletes rows that belong to somebody else.

It was done: the row changed under another user's hands.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (true);
create policy change on public.letters for update using (true);  -- flagged
```

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (true);
create policy change on public.letters for update using (user_id = auth.uid());
create policy remove on public.letters for delete using (user_id = auth.uid());
```

Rows that belong to nobody are everybody's to read, and nobody's to change.

```sql
create table public.prices (id int primary key, amount int);
alter table public.prices enable row level security;
create policy see on public.prices for select using (true);
create policy change on public.prices for update using (true);  -- flagged
```

```sql
create table public.prices (id int primary key, amount int);
alter table public.prices enable row level security;
create policy see on public.prices for select using (true);
create policy add on public.prices for insert with check (true);
```

The platform sends every change with a condition, so a row that cannot be seen cannot be changed.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (user_id = auth.uid());
create policy change on public.letters for update using (true);
```

A trigger's refusal proves nothing; it is listed as not judged.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy all_of_it on public.letters using (true);
create function public.no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create trigger no before update or delete on public.letters for each row execute function public.no();
```

Where any signed-in user may change what all share, it is a warning: in a tool for one company that may be meant.

To mend it: `using (user_id = auth.uid())`; for shared rows no policy for update or delete at all.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def others_rows_writable(attempt: Attempt) -> Iterator[Hit]:
    """Rows of B that A or anon changed or removed, and rows of nobody that anon may change."""
    if attempt.verb in {"update", "delete", "upsert"} and attempt.leak:
        what = "overwrite (by upsert)" if attempt.verb == "upsert" else f"{attempt.verb} {attempt.detail}".strip()
        whose = "other users' rows" if attempt.owner else "the rows that all users share"
        message = f"{attempt.who} can {what} {whose} in {attempt.relation}{attempt.grants}"
        yield Hit(
            attempt.target,
            message,
            f"{attempt.relation} {attempt.verb} by {attempt.actor}",
            severity=Severity.WARNING if not attempt.owner and attempt.actor != "anon" else None,
            reproducer=attempt.reproducer,
        )
