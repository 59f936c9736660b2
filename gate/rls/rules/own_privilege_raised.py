"""A user raises the own credits, role or plan.

It was done: one request, and the own row says more than it should.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0);  -- flagged
alter table public.profiles enable row level security;
create policy own on public.profiles using (id = auth.uid());
```

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int not null default 0);
alter table public.profiles enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
```

To mend it: `revoke update on public.profiles from anon, authenticated; grant update (name) on public.profiles to authenticated;`
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def own_privilege_raised(attempt: Attempt) -> Iterator[Hit]:
    """Privileged columns that a user changed in the own row."""
    if attempt.verb == "raise" and attempt.leak:
        what = f"sets {attempt.detail} in the own row of" if attempt.detail else "adds the own row to"
        message = f"{attempt.who} {what} {attempt.relation}{attempt.grants}"
        yield Hit(
            Target(attempt.relation, attempt.place),
            message,
            f"{attempt.relation} {attempt.detail}",
            reproducer=attempt.reproducer,
        )
