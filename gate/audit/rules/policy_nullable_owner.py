"""A policy lets anyone change the rows that have no owner.

`user_id is null` beside the owner's own rows: what was left behind by a deleted account, or is shared by all, is rewritten or
deleted by the first who comes.

```sql
create table public.templates (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.templates enable row level security;
create policy own on public.templates for all using (user_id = auth.uid() or user_id is null);  -- flagged
grant select, insert, update, delete on public.templates to authenticated;
```

To read them is what shared rows are for.

```sql
create table public.templates (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.templates enable row level security;
create policy see on public.templates for select using (user_id = auth.uid() or user_id is null);
create policy own on public.templates for all using (user_id = auth.uid());
grant select, insert, update, delete on public.templates to authenticated;
```

A column that cannot be null has no such rows.

```sql
create table public.templates (id uuid primary key, user_id uuid not null references auth.users, body text);
alter table public.templates enable row level security;
create policy own on public.templates for all using (user_id = auth.uid() or user_id is null);
grant select, insert, update, delete on public.templates to authenticated;
```

To mend it: `alter policy own on public.templates using (user_id = auth.uid());` and a policy `for select` with the rest.

Peers: pgrls SEC030
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import helpers, names, open_to, owner_columns
from gate.audit.remedies import split_for_reading
from gate.audit.ways import writing_ways
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def policy_nullable_owner(catalog: Catalog) -> Iterator[Hit]:
    """Policies for writing that serve everybody the rows without an owner."""
    known = helpers(catalog)
    for table, policy in catalog.policies():
        if table.name in catalog.platform or "NULL" not in policy.using:
            continue
        if all(table.columns[one].not_null for one in owner_columns(catalog, table) if one in table.columns):
            continue
        ways = list(writing_ways(catalog, known, table, policy))
        found = next((one for one in ways if one[1].ownerless), None)
        if found and all(way.ownerless for _, way in ways):
            verb, way = found
            who = "any signed-in user" if way.signed_in else names(open_to(catalog, table, policy, verb.upper()))
            message = f"policy {policy.name!r} lets {who} change the rows of {table.name} that have no owner"
            remedy = split_for_reading(catalog, table, policy)
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.using, remedy=remedy)
