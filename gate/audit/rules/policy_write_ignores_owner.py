"""A policy lets people change rows by what the row says, not by whose it is.

One alternative of the condition never looks at the caller. It was written for reading, as public rows are for all to see, and
the policy is for writing as well: a stranger rewrites or deletes what others have published.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text, is_public boolean);
alter table public.letters enable row level security;
create policy own on public.letters for all using (user_id = auth.uid() or is_public);  -- flagged
grant select, insert, update, delete on public.letters to authenticated;
```

Read by one policy, write by another.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text, is_public boolean);
alter table public.letters enable row level security;
create policy see on public.letters for select using (user_id = auth.uid() or is_public);
create policy own on public.letters for all using (user_id = auth.uid());
grant select, insert, update, delete on public.letters to authenticated;
```

A row that one cannot see cannot be changed by an UPDATE with a WHERE, which is the only one that the API lets through.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text, status text);
alter table public.letters enable row level security;
create policy see on public.letters for select using (user_id = auth.uid());
create policy change on public.letters for update using (status = 'draft');
grant select, update on public.letters to authenticated;
```

A function of the project, or a row of another table, may well ask who is calling. Rows that belong to nobody are another rule's.

```sql
create table public.notices (id uuid primary key, body text, pinned boolean);
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.notices enable row level security;
alter table public.letters enable row level security;
create function public.may_edit(letter uuid) returns boolean language sql stable as 'select letter is not null';
create policy pin on public.notices for all to authenticated using (not pinned);
create policy edit on public.letters for all using (user_id = auth.uid() or public.may_edit(id));
grant select, insert, update, delete on public.notices, public.letters to authenticated;
```

To mend it: `alter policy own on public.letters using (user_id = auth.uid());` and a policy `for select` with the rest.

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import helpers, names, open_to, personal, private
from gate.audit.remedies import split_for_reading
from gate.audit.ways import writing_ways
from gate.finding import Hit, Severity
from gate.rule import rule

DEEDS = {"update": "change", "delete": "delete"}


@rule(Severity.ERROR)
def policy_write_ignores_owner(catalog: Catalog) -> Iterator[Hit]:
    """Policies for writing on tables with an owner, with an alternative that rests on the row alone."""
    known = helpers(catalog)
    for table, policy in catalog.policies():
        if table.name in catalog.platform or not personal(catalog, table):
            continue
        found = next((one for one in writing_ways(catalog, known, table, policy) if not one[1].ownerless), None)
        if found:
            verb, way = found
            who = "any signed-in user" if way.signed_in else names(open_to(catalog, table, policy, verb.upper()))
            message = f"policy {policy.name!r} lets {who} {DEEDS[verb]} rows of {table.name} where {way.shown}, whoever they belong to"
            severity = None if private(catalog, table) else Severity.WARNING
            remedy = split_for_reading(catalog, table, policy)
            yield Hit(
                policy.place, message, f"{table.name} policy {policy.name}", policy.using, severity, remedy=remedy
            )
