"""A user makes somebody else's row the own.

The policy asks whose the row is after the change, and not whose it was: with one request the row changes hands, and its owner
has lost it.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (true);
create policy change on public.letters for update using (true) with check (user_id = auth.uid());  -- flagged
```

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (true);
create policy change on public.letters for update using (user_id = auth.uid()) with check (user_id = auth.uid());
```

A row moves between tenants in the same way.

```sql
create table public.folders (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users);
create table public.papers (id uuid primary key default gen_random_uuid(), folder_id uuid not null references public.folders on delete cascade, body text);
alter table public.folders enable row level security;
alter table public.papers enable row level security;
create policy own on public.folders using (user_id = auth.uid());
create policy see on public.papers for select using (true);
create policy move on public.papers for update using (true) with check (folder_id in (select id from public.folders where user_id = auth.uid()));  -- flagged
```

A trigger that keeps the owner is a guard.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (true);
create policy change on public.letters for update using (true) with check (user_id = auth.uid());
create function public.keep() returns trigger language plpgsql as $$ begin new.user_id := old.user_id; return new; end $$;
create trigger keep before update on public.letters for each row execute function public.keep();
```

To mend it: `using (user_id = auth.uid())`; without `with check` the same is asked of the new row.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def row_taken_over(attempt: Attempt) -> Iterator[Hit]:
    """Rows of B that A made A's own."""
    if attempt.verb == "take" and attempt.leak:
        message = f"{attempt.who} takes over other users' rows in {attempt.relation} by setting {attempt.detail}"
        yield Hit(
            attempt.target,
            f"{message}{attempt.grants}",
            attempt.relation,
            reproducer=attempt.reproducer,
        )
