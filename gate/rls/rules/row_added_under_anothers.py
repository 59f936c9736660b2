"""A user adds rows below somebody else's private record.

The policy asks whether the new row names the caller, and not whether the record that it leads to is within the caller's reach.
Its owner finds a stranger's task in the own project, a stranger's message in the own conversation.

```sql
create table public.projects (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
create table public.tasks (id uuid primary key default gen_random_uuid(), project_id uuid not null references public.projects on delete cascade, user_id uuid not null references auth.users, body text);
alter table public.projects enable row level security;
alter table public.tasks enable row level security;
create policy own on public.projects using (user_id = auth.uid());
create policy see on public.tasks for select using (project_id in (select id from public.projects where user_id = auth.uid()));
create policy add on public.tasks for insert with check (user_id = auth.uid());  -- flagged
```

```sql
create table public.projects (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
create table public.tasks (id uuid primary key default gen_random_uuid(), project_id uuid not null references public.projects on delete cascade, user_id uuid not null references auth.users, body text);
alter table public.projects enable row level security;
alter table public.tasks enable row level security;
create policy own on public.projects using (user_id = auth.uid());
create policy see on public.tasks for select using (project_id in (select id from public.projects where user_id = auth.uid()));
create policy add on public.tasks for insert with check (user_id = auth.uid() and project_id in (select id from public.projects where user_id = auth.uid()));
```

A comment below a post that everyone may read is meant, and so is a letter to somebody.

```sql
create table public.posts (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text);
create table public.comments (id uuid primary key default gen_random_uuid(), post_id uuid not null references public.posts on delete cascade, user_id uuid not null references auth.users, body text);
alter table public.posts enable row level security;
alter table public.comments enable row level security;
create policy own on public.posts using (user_id = auth.uid());
create policy see on public.posts for select using (true);
create policy see on public.comments for select using (true);
create policy add on public.comments for insert with check (user_id = auth.uid());
create table public.people (id uuid primary key references auth.users, name text);
create table public.letters (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, reader uuid not null references public.people, body text);
alter table public.people enable row level security;
alter table public.letters enable row level security;
create policy own on public.people using (id = auth.uid());
create policy see on public.letters for select using (auth.uid() in (user_id, reader));
create policy write on public.letters for insert with check (user_id = auth.uid());
```

What the owner never sees harms nobody.

```sql
create table public.projects (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
create table public.tasks (id uuid primary key default gen_random_uuid(), project_id uuid not null references public.projects on delete cascade, user_id uuid not null references auth.users, body text);
alter table public.projects enable row level security;
alter table public.tasks enable row level security;
create policy own on public.projects using (user_id = auth.uid());
create policy own on public.tasks using (user_id = auth.uid());
```

To mend it: ask in `with check` for the record above as well, as in `project_id in (select id from public.projects where user_id = auth.uid())`.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.WARNING)
def row_added_under_anothers(attempt: Attempt) -> Iterator[Hit]:
    """Rows of A that lead to a row of B's that A cannot see, and that B then sees."""
    if attempt.verb in {"attach", "move under"} and attempt.leak:
        what = "adds" if attempt.verb == "attach" else "moves"
        message = (
            f"{attempt.who} {what} rows to {attempt.relation} that show up under other users' rows of {attempt.detail}"
        )
        yield Hit(
            attempt.target,
            f"{message}{attempt.grants}",
            f"{attempt.relation} {attempt.detail}",
            reproducer=attempt.reproducer,
        )
