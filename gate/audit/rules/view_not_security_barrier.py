"""A view that shows the caller's rows alone lets a cheap condition look at the others first.

With its owner's rights the view reads every row and keeps what is the caller's. Without `security_barrier` a condition of the query
may be put to a row before that, and a function in it that tells what it was given, or fails over it, tells of others' rows. Whoever
can only filter by the API's operators cannot make such a function: a note.

```sql
create table public.letters (id uuid primary key, user_id uuid, body text);
alter table public.letters enable row level security;
create view public.my_letters as select * from public.letters where user_id = auth.uid();  -- flagged
grant select on public.my_letters to authenticated;
```

```sql
create table public.letters (id uuid primary key, user_id uuid, body text);
alter table public.letters enable row level security;
create view public.my_letters with (security_barrier = on) as select * from public.letters where user_id = auth.uid();
grant select on public.my_letters to authenticated;
```

With the caller's rights the policies come first.

```sql
create table public.letters (id uuid primary key, user_id uuid, body text);
alter table public.letters enable row level security;
create view public.my_letters with (security_invoker = on) as select * from public.letters where user_id = auth.uid();
grant select on public.my_letters to authenticated;
```

To mend it: `alter view public.my_letters set (security_barrier = on);`

Peers: pgrls VIEW002
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.quoting import spelled
from gate.audit.views import filtered
from gate.finding import Hit, Severity
from gate.rule import rule

SET = {"true", "on", "1", "yes"}


@rule(Severity.NOTE)
def view_not_security_barrier(catalog: Catalog) -> Iterator[Hit]:
    """Owner-rights views within reach that ask for the caller, over tables with row security."""
    for view in catalog.views.values():
        if view.materialized or view.invoker or view.options.get("security_barrier", "").lower() in SET:
            continue
        below = [catalog.tables[name] for name in view.sources if name in catalog.tables]
        if catalog.reaches(view, "SELECT") and any(table.rls for table in below) and filtered(view):
            message = f"view {view.name} keeps others' rows back by a condition alone, without security_barrier"
            remedy = f"alter view {spelled(view.name)} set (security_barrier = on);"
            yield Hit(view.place, message, str(view.name), remedy=remedy)
