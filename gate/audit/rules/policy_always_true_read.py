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

Several policies of a table are one finding.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy read on public.letters for select using (true);  -- flagged
create policy read_too on public.letters for select to anon, authenticated using (true);
grant select on public.letters to anon, authenticated;
```

A policy that says itself that everyone may look, and rows that people publish, such as profiles and reviews, are a warning: it
may well be meant so. Not where the row holds what nobody shows to strangers, such as an address or a phone number.

```sql
create table public.profiles (id uuid primary key references auth.users, name text);
alter table public.profiles enable row level security;
create policy "Profiles are viewable by everyone" on public.profiles for select using (true);  -- flagged
create table public.contacts (id uuid primary key references auth.users, name text, phone text);
alter table public.contacts enable row level security;
create policy "Contacts are viewable by everyone" on public.contacts for select using (true);  -- flagged
grant select on public.profiles, public.contacts to anon;
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

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import names, open_to, personal, private, to_whom, told
from gate.audit.purpose import open_reading, reads_all
from gate.audit.remedies import altered, own_row, together
from gate.audit.shown import meant, telling
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_always_true_read(catalog: Catalog) -> Iterator[Hit]:
    """Read policies with a true condition, on tables with an owner; one finding per table."""
    for table in catalog.tables.values():
        if not table.rls or not personal(catalog, table):
            continue
        policies = open_reading(catalog, table)
        if policies:
            who = {role for one in policies for role in open_to(catalog, table, one, "SELECT")}
            column = telling(table)
            message = f"{told(policies)} {names(tuple(who))} read every row of {table.name}"
            severity = _severity(catalog, table, policies)
            own = None if severity else own_row(catalog, table)
            remedy = together(altered(one, using=own) for one in policies) if own else None
            yield Hit(
                policies[0].place,
                message + (f", {column} too" if column else ""),
                str(table.name),
                to_whom(filter(reads_all, table.policies.values())),
                severity,
                remedy=remedy,
            )


def _severity(catalog: Catalog, table: Table, policies: list[Policy]) -> Severity | None:
    if not private(catalog, table):
        return Severity.NOTE
    return Severity.WARNING if meant(table, policies) else None
