"""A policy lets anyone read rows that belong to people.

Every user's rows are read by a stranger, by anyone where the policy serves `anon`.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy read on public.letters for select using (true);  -- flagged
grant select on public.letters to anon;
```

Reference data that belongs to nobody may be read by all.

```sql
create table public.countries (code text primary key, name text);
alter table public.countries enable row level security;
create policy read on public.countries for select using (true);
grant select on public.countries to anon;
```

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy read on public.letters for select using (user_id = auth.uid());
grant select on public.letters to authenticated;
```

A row that only says who wrote it, such as an article's, is often public on purpose: a note.

```sql
create table public.articles (id uuid primary key, author_id uuid references auth.users, body text);
alter table public.articles enable row level security;
create policy read on public.articles for select using (true);  -- flagged
grant select on public.articles to anon;
```

To mend it: `using (user_id = auth.uid())`. Where the rows are public on purpose, name the table in `public_tables`.

Peers: pgrls SEC008, SEC038; supashield
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import always_true, names, open_to, personal, private
from gate.audit.remedies import altered, own_row
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_always_true_read(catalog: Catalog) -> Iterator[Hit]:
    """Read policies with a true condition, on tables with an owner."""
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and policy.command == "select" and always_true(policy.using)):
            continue
        who = open_to(catalog, table, policy, "SELECT")
        if who and personal(catalog, table):
            message = f"policy {policy.name!r} lets {names(who)} read every row of {table.name}"
            severity = None if private(catalog, table) else Severity.NOTE
            own = None if severity else own_row(catalog, table)
            remedy = altered(policy, using=own) if own else None
            yield Hit(
                policy.place, message, f"{table.name} policy {policy.name}", policy.using, severity, remedy=remedy
            )
