"""A stranger reads rows that belong to somebody else.

It was done: signed in as another user, or not at all, the rows came back.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (auth.uid() is not null);  -- flagged
```

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (user_id = auth.uid());
```

The finding stands where the leak is: at the one policy of several that let it through, or where row security was switched off.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy own on public.letters for select using (user_id = auth.uid());
create policy support on public.letters for all to authenticated using (auth.role() = 'authenticated');  -- flagged
create policy admins on public.letters for select using (auth.jwt() -> 'app_metadata' ->> 'role' = 'admin');
create table public.notes (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
alter table public.notes disable row level security;  -- flagged
```

A table without an owner is no one's secret by itself.

```sql
create table public.styles (id uuid primary key default gen_random_uuid(), name text);
alter table public.styles enable row level security;
create policy see on public.styles for select using (true);
```

A view runs with its owner's rights unless it says otherwise, and its owner sees every row.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (user_id = auth.uid());
create view public.inbox as select body from public.letters;  -- flagged
create view public.totals as select count(*) as letters from public.letters;
create view public.mine with (security_invoker = true) as select body from public.letters;
```

What belongs to a row of somebody's is somebody's, too.

```sql
create table public.orders (id int primary key, user_id uuid not null references auth.users);
alter table public.orders enable row level security;
create policy own on public.orders using (user_id = auth.uid());
create table public.items (id int primary key, order_id int not null references public.orders);
alter table public.items enable row level security;
create policy see on public.items for select using (order_id is not null);  -- flagged
```

Two people share a row that names both. Whoever stands in a column of power is not the attacker.

```sql
create table public.follows (a uuid references auth.users, b uuid references auth.users, primary key (a, b), check (a <> b));
alter table public.follows enable row level security;
create policy see on public.follows for select using (auth.uid() in (a, b));
create table public.bans (id int primary key, user_id uuid not null references auth.users, moderator_id uuid references auth.users);
alter table public.bans enable row level security;
create function public.bans_by_me() returns setof int language sql security definer as $$ select id from public.bans where moderator_id = auth.uid() $$;
create policy see on public.bans for select using (exists (select from public.bans_by_me()));
```

A row may be shown once its owner publishes it; a private one may not.

```sql
create table public.posts (id int primary key, user_id uuid not null references auth.users, published boolean not null default true);
alter table public.posts enable row level security;
create policy see on public.posts for select using (published or user_id = auth.uid());
```

What users write into the own `user_metadata` is no proof of anything.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (user_id = auth.uid() or auth.jwt() -> 'user_metadata' ->> 'role' = 'admin');  -- flagged
```

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (user_id = auth.uid() or auth.jwt() -> 'app_metadata' ->> 'role' = 'admin');
```

Rows that are there for everybody, by the project's own word.

```sql
-- public_tables: public.ratings
create table public.ratings (id int primary key, user_id uuid not null references auth.users, stars int);
alter table public.ratings enable row level security;
create policy see on public.ratings for select using (true);
```

A row that its author has merely signed gives a warning, and so does what the migrations show on purpose: a policy that says so, on a table
without what nobody shows to strangers, what belongs to such a table, and a view that only counts.

To mend it: `using (user_id = auth.uid())`, and `security_invoker = true` on a view. Rows that are public on purpose: name the table in `public_tables`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def others_rows_readable(attempt: Attempt) -> Iterator[Hit]:
    """Rows of B that came back to A or anon."""
    if attempt.verb == "select" and attempt.leak and attempt.owner and not attempt.public:
        live = ", and live through supabase_realtime" if attempt.published else ""
        message = f"{attempt.who} reads other users' rows in {attempt.relation}{live}{attempt.grants}"
        yield Hit(
            attempt.target,
            message,
            f"{attempt.relation} select by {attempt.actor}",
            severity=Severity.WARNING if attempt.owner.author or attempt.shown else None,
            reproducer=attempt.reproducer,
        )
