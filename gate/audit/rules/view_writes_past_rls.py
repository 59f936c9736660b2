"""A view lets API roles write to a protected table with its owner's rights.

A plain view over one table can be written to, and Postgres asks the view's owner, whom row level security does not bind. Where
new objects are granted by themselves, so is every view: what was made so that people can read a few columns lets anyone with the
app's public key change and delete the rows below.

```sql
-- regime: auto
create table public.profiles (id uuid primary key references auth.users, name text);
alter table public.profiles enable row level security;
create policy see on public.profiles for select using (true);
create policy own on public.profiles for update using (id = auth.uid());
create view public.names as select id, name from public.profiles;  -- flagged
```

Leave the reading.

```sql
create table public.profiles (id uuid primary key references auth.users, name text);
alter table public.profiles enable row level security;
create policy see on public.profiles for select using (true);
create policy own on public.profiles for update using (id = auth.uid());
create view public.names as select id, name from public.profiles;
revoke insert, update, delete on public.names from anon, authenticated;
grant select on public.names to anon, authenticated;
```

A view with the caller's rights asks the policies, and one that joins, counts or cuts off cannot be written to.

```sql
create table public.profiles (id uuid primary key references auth.users, name text);
alter table public.profiles enable row level security;
create policy see on public.profiles for select using (true);
create view public.names with (security_invoker = on) as select id, name from public.profiles;
create view public.newest as select id, name from public.profiles order by id desc limit 5;
create view public.counted as select name, count(*) from public.profiles group by name;
grant select, insert, update, delete on public.names, public.newest, public.counted to authenticated;
```

A view that asks who is calling keeps others' rows from being changed, but a new row may be anyone's: a warning, unless the view
is made with a check option.

```sql
create table public.notes (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
create view public.mine as select id, user_id, body from public.notes where user_id = auth.uid();  -- flagged
create view public.checked as select id, user_id, body from public.notes where user_id = auth.uid() with check option;
grant select, insert, update, delete on public.mine, public.checked to authenticated;
```

To mend it: `revoke insert, update, delete on public.names from anon, authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Table, View
from gate.audit.meaning import names, whole_table
from gate.audit.remedies import read_only, with_callers_rights
from gate.audit.replay.parser import statement_text
from gate.audit.views import filtered, shown, writers, written_table
from gate.finding import Hit, Severity
from gate.rule import rule

DEEDS = {"delete": "delete", "update": "change", "insert": "add"}


@rule(Severity.ERROR)
def view_writes_past_rls(catalog: Catalog) -> Iterator[Hit]:
    """Writable views with their owner's rights over a table with row security; those that show too much are another's."""
    for view in catalog.views.values():
        table = written_table(catalog, view)
        if table is None or shown(catalog, view):
            continue
        own = filtered(view)
        verbs = ("insert",) if own else tuple(DEEDS)
        found = {verb: tuple(writers(catalog, view, table, verb)) for verb in verbs}
        verb = next((one for one in verbs if found[one]), None)
        if verb is None or (own and "check_option" in view.options):
            continue
        whose = "in anyone's name" if verb == "insert" else "whoever they belong to"
        message = f"view {view.name} lets {names(found[verb])} {DEEDS[verb]} rows of {table.name}, {whose}"
        severity = Severity.WARNING if own else None
        text = statement_text(view.query)
        yield Hit(view.place, message, str(view.name), text, severity, remedy=_remedy(catalog, view, table))


def _remedy(catalog: Catalog, view: View, table: Table) -> str:
    """The caller's rights, where those who read the view may read the table as well; else the view is only read."""
    readers = catalog.reaches(view, "SELECT")
    same = set(readers) <= set(catalog.reaches(table, "SELECT")) and all(whole_table(table, one) for one in readers)
    return with_callers_rights(view) if same else read_only(view)
