"""A stranger reads rows that belong to somebody else.

It was done: signed in as another user, or not at all, the rows came back.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);  -- flagged
alter table public.letters enable row level security;
create policy see on public.letters for select using (auth.uid() is not null);
```

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (user_id = auth.uid());
```

A table without an owner is no one's secret by itself.

```sql
create table public.styles (id uuid primary key default gen_random_uuid(), name text);
alter table public.styles enable row level security;
create policy see on public.styles for select using (true);
```

To mend it: `using (user_id = auth.uid())`. Rows that are public on purpose: name the table in `public_tables`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def others_rows_readable(attempt: Attempt) -> Iterator[Hit]:
    """Rows of B that came back to A or anon."""
    if attempt.verb == "select" and attempt.leak and attempt.owner and not attempt.public:
        message = f"{attempt.who} reads other users' rows in {attempt.relation}{attempt.grants}"
        yield Hit(
            Target(attempt.relation, attempt.place),
            message,
            f"{attempt.relation} select by {attempt.actor}",
            severity=Severity.WARNING if attempt.owner.author else None,
            reproducer=attempt.reproducer,
        )
