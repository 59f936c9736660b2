"""A user hands the own row to somebody else.

A row planted on somebody else is shown as theirs, counts against their quota, or is billed to them.

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (true);
create policy change on public.letters for update using (user_id = auth.uid()) with check (true);  -- flagged
```

```sql
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (true);
create policy change on public.letters for update using (user_id = auth.uid());
```

A gift inside one's own team, which the other never sees, harms nobody.

```sql
create table public.teams (id int primary key, owner_id uuid not null references auth.users);
alter table public.teams enable row level security;
create policy own on public.teams using (owner_id = auth.uid());
create table public.tasks (id int primary key, team_id int not null references public.teams, user_id uuid references auth.users);
alter table public.tasks enable row level security;
create policy team on public.tasks using (team_id in (select id from public.teams where owner_id = auth.uid()));
```

To mend it: repeat the condition in `with check`, or leave it out: then USING is asked of the new row as well.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.WARNING)
def row_given_away(attempt: Attempt) -> Iterator[Hit]:
    """Own rows whose owner A changed to B."""
    if attempt.verb == "give away" and attempt.leak:
        message = f"{attempt.who} makes somebody else the owner of a row in {attempt.relation}{attempt.grants}"
        yield Hit(
            attempt.target,
            message,
            f"{attempt.relation} {attempt.detail}",
            reproducer=attempt.reproducer,
        )
