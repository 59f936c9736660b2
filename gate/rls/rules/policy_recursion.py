"""The policies of a table call themselves without end.

Every request on the table fails (42P17), for its owners too: the app is down from the first query.

```sql
create table public.members (team uuid, user_id uuid references auth.users, primary key (team, user_id));  -- flagged
alter table public.members enable row level security;
create policy see on public.members for select using (team in (select m.team from public.members as m where m.user_id = auth.uid()));
```

```sql
create table public.members (team uuid, user_id uuid references auth.users, primary key (team, user_id));
alter table public.members enable row level security;
create policy see on public.members for select using (user_id = auth.uid());
```

The look-up in a function with its owner's rights.

```sql
create table public.members (team uuid, user_id uuid references auth.users, primary key (team, user_id));
alter table public.members enable row level security;
create function public.my_teams() returns setof uuid language sql stable security definer set search_path = '' as $$ select team from public.members where user_id = auth.uid() $$;
create policy see on public.members for select using (team in (select public.my_teams()));
```

To mend it: look the membership up in a function with `security definer` and `set search_path = ''`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def policy_recursion(attempt: Attempt) -> Iterator[Hit]:
    """Reads that the server refuses because policies recurse."""
    if attempt.answer == "recursion" and attempt.verb == "select" and attempt.actor == "A":
        message = f"every query on {attempt.relation} fails: its policies recurse{attempt.grants}"
        yield Hit(attempt.target, message, attempt.relation, reproducer=attempt.reproducer)
