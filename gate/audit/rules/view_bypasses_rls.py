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

What everyone may read anyway is not given away.

```sql
create table public.rates (day date primary key, rate numeric);
alter table public.rates enable row level security;
create policy read on public.rates for select using (true);
create view public.latest_rates as select * from public.rates order by day desc limit 7;
grant select on public.rates, public.latest_rates to anon, authenticated;
```

To mend it: `alter view public.all_letters set (security_invoker = on);`

Peers: pgrls SEC054, VIEW001, VIEW003; splinter 0010, 0016; rlsautotest L011
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import asks_caller, names, whole_table
from gate.audit.remedies import with_callers_rights
from gate.audit.replay.parser import statement_text
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def view_bypasses_rls(catalog: Catalog) -> Iterator[Hit]:
    """Owner-rights views within reach over tables with row security."""
    for view in catalog.views.values():
        who = catalog.reaches(view, "SELECT")
        if view.invoker and not view.materialized:
            continue
        below_it = [catalog.tables[s] for s in view.sources if s in catalog.tables and s.schema != "auth"]
        protected = [t.name for t in below_it if t.rls and not all(whole_table(catalog, t, role) for role in who)]
        if who and protected and not asks_caller(statement_text(view.query)):
            below = ", ".join(map(str, protected))
            cause = ", since a CREATE OR REPLACE took its security_invoker away" if view.lost_invoker else ""
            message = f"view {view.name} shows {names(who)} all rows of {below}, past row level security{cause}"
            yield Hit(view.place, message, str(view.name), statement_text(view.query), remedy=with_callers_rights(view))
