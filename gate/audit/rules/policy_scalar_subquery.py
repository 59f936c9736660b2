"""A policy takes a sub-select for one value that may give several.

As soon as a user has a second membership the sub-select returns two rows, and every query on the table ends with 21000.

```sql
create table public.members (team_id uuid, user_id uuid, primary key (team_id, user_id));
create table public.notes (id uuid primary key, team_id uuid);
alter table public.members enable row level security;
alter table public.notes enable row level security;
create policy own on public.members for select to authenticated using (user_id = (select auth.uid()));
create policy team on public.notes for select to authenticated using (  -- flagged
  team_id = (select m.team_id from public.members m where m.user_id = (select auth.uid())));
grant select on public.notes, public.members to authenticated;
```

One row for each user, an aggregate, or a test for several values.

```sql
create table public.members (team_id uuid, user_id uuid unique, role text, primary key (team_id, user_id));
create table public.notes (id uuid primary key, team_id uuid);
alter table public.members enable row level security;
alter table public.notes enable row level security;
create policy own on public.members for select to authenticated using (user_id = (select auth.uid()));
create policy team on public.notes for select to authenticated using (
  team_id = (select m.team_id from public.members m where m.user_id = (select auth.uid())));
create policy any_team on public.notes for update to authenticated using (
  team_id in (select m.team_id from public.members m where m.role = 'admin' and m.user_id = (select auth.uid())));
grant select on public.notes, public.members to authenticated;
```

To mend it: `team_id in (select ...)`, or a unique constraint on the user's column.

Peers: rlsautotest L016
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.replay.subqueries import compared
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def policy_scalar_subquery(catalog: Catalog) -> Iterator[Hit]:
    """Policies with a sub-select over a table of which no unique index says that it gives one row."""
    for table, policy in catalog.policies():
        if not table.rls or not catalog.reaches(table):
            continue
        several = (
            name for node in policy.expressions() for name, fixed in compared(node) if _several(catalog, name, fixed)
        )
        name = next(several, None)
        if name:
            message = (
                f"policy {policy.name!r} on {table.name} fails for a user with two rows in {name}: it takes one value"
            )
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.using + policy.check)


def _several(catalog: Catalog, name: Name, fixed: frozenset[str]) -> bool:
    table = catalog.tables.get(name)
    if table is None or name in catalog.platform or not fixed <= set(table.columns):
        return False
    keys = [set(one.columns) for one in catalog.indexes.values() if one.table == name and one.unique and one.columns]
    return bool(table.columns) and not any(key <= fixed for key in (*keys, set(table.primary_key) or {""}))
