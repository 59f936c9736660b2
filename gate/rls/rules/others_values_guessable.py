"""A unique key tells strangers what other users' rows hold.

Nobody sees the other row. But whoever adds an own row with the same value is refused, and so learns that somebody has it: that
this phone number is somebody's customer, that this patient number is on file.

```sql
create table public.customers (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, phone text unique);  -- flagged
alter table public.customers enable row level security;
create policy own on public.customers using (user_id = auth.uid());
```

```sql
create table public.customers (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, phone text, unique (user_id, phone));
alter table public.customers enable row level security;
create policy own on public.customers using (user_id = auth.uid());
```

Names that are one for all by their nature, and values that nobody guesses, are meant to be unique.

```sql
create table public.pages (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, slug text unique, share_token text unique);
alter table public.pages enable row level security;
create policy own on public.pages using (user_id = auth.uid());
```

Where users cannot add rows, they cannot ask.

```sql
create table public.customers (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, phone text unique);
alter table public.customers enable row level security;
create policy own on public.customers for select using (user_id = auth.uid());
```

To mend it: make the key unique per owner, as in `unique (user_id, phone)`.

Peers: pgrls SEC035
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.NOTE)
def others_values_guessable(attempt: Attempt) -> Iterator[Hit]:
    """Values of B's that a unique key told A of."""
    if attempt.verb == "probe" and attempt.leak and not attempt.public:
        message = (
            f"{attempt.who} learns by adding a row whether others have the same {attempt.detail} in {attempt.relation}"
        )
        yield Hit(
            attempt.target,
            f"{message}{attempt.grants}",
            f"{attempt.relation} {attempt.detail}",
            reproducer=attempt.reproducer,
        )
