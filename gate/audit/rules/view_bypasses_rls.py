"""A view reads protected tables with its owner's rights.

Row level security is not asked: everyone who may read the view sees all rows below it.

```sql
create table public.letters (id uuid primary key, user_id uuid);
alter table public.letters enable row level security;
create view public.all_letters as select * from public.letters;  -- flagged
grant select on public.all_letters to anon;
```

```sql
create table public.letters (id uuid primary key, user_id uuid);
alter table public.letters enable row level security;
create view public.all_letters with (security_invoker = on) as select * from public.letters;
grant select on public.all_letters to anon;
```

CREATE OR REPLACE drops every option that it does not repeat.

```sql
create table public.letters (id uuid primary key, user_id uuid);
alter table public.letters enable row level security;
create view public.all_letters with (security_invoker = on) as select id from public.letters;
grant select on public.all_letters to anon;
create or replace view public.all_letters as select id, user_id from public.letters;  -- flagged
```

A view that asks who is calling shows only the caller's rows.

```sql
create table public.letters (id uuid primary key, user_id uuid);
alter table public.letters enable row level security;
create view public.my_letters as select * from public.letters where user_id = auth.uid();
grant select on public.my_letters to authenticated;
```

A view that nobody reaches by itself opens what a reachable one shows of it, and a materialized view is a copy that asks nobody.

```sql
create schema private;
create table public.letters (id uuid primary key, user_id uuid);
alter table public.letters enable row level security;
create view private.inner_letters as select * from public.letters;
create view public.all_letters as select * from private.inner_letters;  -- flagged
create materialized view public.copied_letters as select * from public.letters;  -- flagged
create view public.own_letters with (security_invoker = on) as select * from public.letters;
grant select on public.all_letters, public.copied_letters, public.own_letters to authenticated;
```

What everyone may read anyway is not given away.

```sql
create table public.rates (day date primary key, rate numeric);
alter table public.rates enable row level security;
create policy read on public.rates for select using (true);
create view public.latest_rates as select * from public.rates order by day desc limit 7;
grant select on public.rates, public.latest_rates to anon, authenticated;
```

This is also what is told as a view that lost its security_invoker, and as a materialized view within reach.

That holds where a grant on the table is missing as well: it is not row level security that the view reads past.

```sql
create table public.rates (day date primary key, rate numeric);
alter table public.rates enable row level security;
create policy read on public.rates for select using (true);
revoke all on public.rates from anon, authenticated;
create view public.latest_rates as select * from public.rates order by day desc limit 7;
grant select on public.latest_rates to anon;
```

What only counts and adds up shows nobody's row, and a view that is called public was made to be seen: a warning, unless rows can be
changed through it, or it holds what nobody shows to strangers.

```sql
create table public.letters (id uuid primary key, user_id uuid, sent_on date);
create table public.profiles (id uuid primary key, name text, email text);
alter table public.letters enable row level security;
alter table public.profiles enable row level security;
create view public.letters_per_day as select sent_on, count(*) from public.letters group by sent_on;  -- flagged
create view public.letters_per_user as select user_id, count(*) from public.letters group by user_id;  -- flagged
create view public.public_profiles as select id, name from public.profiles;  -- flagged
grant select on public.letters_per_day, public.letters_per_user, public.public_profiles to anon;
```

A view over auth.users has a rule of its own.

```sql
create table public.letters (id uuid primary key, user_id uuid);
alter table public.letters enable row level security;
create view public.writers as select u.id, u.email from public.letters join auth.users u on u.id = user_id;
grant select on public.writers to anon;
```

To mend it: `alter view public.all_letters set (security_invoker = on);`

Peers: pgrls SEC054, VIEW001, VIEW003; splinter 0010, 0016; rlsautotest L011
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import USERS, counted, names
from gate.audit.purpose import harmless_view
from gate.audit.remedies import with_callers_rights
from gate.audit.replay.parser import statement_text
from gate.audit.views import owner_reads, shown, writers, written_table
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def view_bypasses_rls(catalog: Catalog) -> Iterator[Hit]:
    """Owner-rights views within reach over tables with row security."""
    for view in catalog.views.values():
        protected = {name: through for name, through in shown(catalog, view).items() if name.schema != "auth"}
        if protected and USERS not in owner_reads(catalog, view):
            below = counted([str(one) for one in protected])
            who = catalog.reaches(view, "SELECT")
            cause = ", since a CREATE OR REPLACE took its security_invoker away" if view.lost_invoker else ""
            table = written_table(catalog, view)
            writes = ("insert", "update", "delete")
            changed = table is not None and any(any(writers(catalog, view, table, verb)) for verb in writes)
            deed = ", and lets them be changed" if changed else ""
            message = f"view {view.name} shows {names(who)} rows of {below}, past row level security{deed}{cause}"
            through = {one.name: one for one in protected.values()}
            copies = any(one.materialized for one in through.values()) and not view.materialized
            remedy = None if copies else "\n".join(map(with_callers_rights, through.values()))
            severity = Severity.WARNING if not changed and harmless_view(catalog, view, protected) else None
            yield Hit(view.place, message, str(view.name), statement_text(view.query), severity, remedy=remedy)
