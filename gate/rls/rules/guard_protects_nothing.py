"""A guard can be taken away and nothing opens.

Asked by `gate rls --mutate`, which weakens each policy, grant, switch and trigger in turn and attacks again. A guard that
nobody misses is no attacker's gain yet, but somebody believes in it: the next migration may take away what holds instead.

```sql
-- mutate
create table public.notes (id int primary key, user_id uuid not null references auth.users);
alter table public.notes enable row level security;
create policy everyone on public.notes for select using (true);
create policy own on public.notes for select using (user_id = auth.uid());  -- flagged
```

Without the policy that lets everybody in, the other one holds.

```sql
-- mutate
create table public.notes (id int primary key, user_id uuid not null references auth.users);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
```

A policy on a table whose row security is off is never asked, and neither is one for a role without the privilege.

```sql
-- mutate
create table public.notes (id int primary key, user_id uuid not null references auth.users);
create policy own on public.notes for select using (user_id = auth.uid());  -- flagged
create table public.drafts (id int primary key, user_id uuid not null references auth.users);
alter table public.drafts enable row level security;
revoke insert on public.drafts from anon, authenticated;
create policy add on public.drafts for insert with check (user_id = auth.uid());  -- flagged
```

Two guards that hold the same are no fault: each would be missed if the other were gone.

```sql
-- mutate
create table public.notes (id int primary key, user_id uuid not null references auth.users);
alter table public.notes enable row level security;
revoke all on public.notes from anon, authenticated;
```

Two things are only a note. A policy that lets everything pass may be meant to; and where the attack could not try what a guard
refuses, nothing is known: the message says why.

To mend it: drop the guard that is dead, or the one that makes it so.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rls.mutate.mutant import REFUSES_NOTHING, Mutant
from gate.rule import rule


@rule(Severity.WARNING)
def guard_protects_nothing(attempt: Attempt) -> Iterator[Hit]:
    """Guards that were weakened and are not missed."""
    if not isinstance(attempt, Mutant):
        return
    row = attempt.row
    place, subject = attempt.target, f"{row.table} {row.guard} {row.mutation}"
    if row.result == "dead":
        severity = Severity.NOTE if row.why == REFUSES_NOTHING else None
        words = f"{row.guard} on {row.table} protects nothing ({row.mutation}): {row.why}"
        yield Hit(place, words, subject, severity=severity)
    elif row.result == "not exercised":
        words = f"nothing shows that {row.guard} on {row.table} protects it ({row.mutation}): {row.why}"
        yield Hit(place, words, subject, severity=Severity.NOTE)
