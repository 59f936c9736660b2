"""A new policy names a column that its table does not have.

Postgres refuses the policy, and the deploy stops there.

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
-- since
create policy own on public.notes for select to authenticated using (user_id = (select auth.uid()));  -- flagged
```

A column that was renamed takes its policies along.

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
grant select on public.notes to authenticated;
-- since
alter table public.notes add column team uuid;
alter table public.notes rename column owner to user_id;  -- and a view, so that the running app goes on
create policy team on public.notes for update to authenticated using (team is not null and user_id = (select auth.uid()));
```

To mend it: the name that the column has.

Peers: pgrls HYG001
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import afterwards
from gate.audit.replay.subqueries import own_columns
from gate.finding import Hit, Severity
from gate.rule import rule

SYSTEM = {"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"}


@rule(Severity.ERROR)
def policy_unknown_column(catalog: Catalog) -> Iterator[Hit]:
    """Policies of newer files. An older one was accepted, so that its column was made where the files do not tell."""
    for table, policy in afterwards(catalog).policies() if catalog.release else ():
        assert catalog.release
        if policy.place.path not in catalog.release.files or not table.columns or table.name in catalog.platform:
            continue
        named = {column for node in policy.expressions() for column in own_columns(node, table)}
        for column in sorted(named - set(table.columns) - SYSTEM - {table.name.name}):
            message = f"policy {policy.name!r} names {column!r}, and {table.name} has no such column"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", column)
