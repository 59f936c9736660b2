"""A foreign key tells strangers whether somebody's record is there.

Nobody sees the record. But a key that leads to it is checked with the rights of the database: whoever adds an own row with
its number is let in where it exists and refused where it does not, and so learns that this patient is on file.

```sql
create table public.patients (number text primary key, user_id uuid not null references auth.users, name text);
alter table public.patients enable row level security;
create policy own on public.patients using (user_id = auth.uid());
create table public.visits (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, patient text references public.patients);  -- flagged
alter table public.visits enable row level security;
create policy own on public.visits using (user_id = auth.uid());
```

The policy asks for the record as well.

```sql
create table public.patients (number text primary key, user_id uuid not null references auth.users, name text);
alter table public.patients enable row level security;
create policy own on public.patients using (user_id = auth.uid());
create table public.visits (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, patient text references public.patients);
alter table public.visits enable row level security;
create policy own on public.visits using (user_id = auth.uid() and patient in (select number from public.patients));
```

An id that nobody guesses tells nothing, nor does a record that all may see.

```sql
create table public.patients (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
alter table public.patients enable row level security;
create policy own on public.patients using (user_id = auth.uid());
create table public.visits (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, patient_id uuid references public.patients);
alter table public.visits enable row level security;
create policy own on public.visits using (user_id = auth.uid());
```

```sql
-- public_tables: public.plants
create table public.plants (latin_name text primary key, user_id uuid not null references auth.users);
alter table public.plants enable row level security;
create policy see on public.plants for select using (true);
create table public.sightings (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, plant text references public.plants);
alter table public.sightings enable row level security;
create policy own on public.sightings using (user_id = auth.uid());
```

It is said once for each record's table, however many others lead there.

To mend it: ask for the record in `with check`, as in `patient in (select number from public.patients)`, which sees what the caller may see.

Peers: pgrls SEC047, for every foreign key
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.NOTE)
def hidden_row_guessable(attempt: Attempt) -> Iterator[Hit]:
    """Records of B's that a foreign key told A of."""
    if attempt.verb == "look up" and attempt.leak:
        message = f"{attempt.who} learns by adding a row to {attempt.relation} whether a record is in {attempt.detail}"
        yield Hit(
            attempt.target,
            f"{message}{attempt.grants}",
            f"{attempt.detail} from {attempt.relation}",
            reproducer=attempt.reproducer,
        )
