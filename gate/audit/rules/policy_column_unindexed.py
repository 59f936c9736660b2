"""Policies compare a column with the caller that no index begins with.

Every query of every user reads the whole table, also one that asks for a single row.

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid);
create index on public.notes (owner, id);
create table public.profiles (id uuid primary key, owner uuid unique);
alter table public.notes enable row level security;
alter table public.profiles enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
create policy own on public.profiles for select to authenticated using (id = (select auth.uid()) or owner = (select auth.uid()));
grant select on public.notes, public.profiles to authenticated;
```

One finding tells of all columns. A table that stays small needs none.

To mend it: `create index on public.notes (owner);`

Peers: pgrls PERF003
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import counted
from gate.audit.quoting import quoted, spelled
from gate.audit.remedies import pasted
from gate.audit.replay.subqueries import callers
from gate.finding import Hit, Severity, Span
from gate.rule import rule


@rule(Severity.NOTE)
def policy_column_unindexed(catalog: Catalog) -> Iterator[Hit]:
    """Such columns of tables within reach; one finding for the project."""
    first = {(one.table, one.columns[0]) for one in catalog.indexes.values() if one.columns and not one.where}
    found: dict[tuple[Name, str], Span] = {}
    for table, policy in catalog.policies():
        if table.rls and table.name not in catalog.platform and catalog.reaches(table, "SELECT", "UPDATE", "DELETE"):
            named = callers(policy.using_node) if policy.using_node is not None else ()
            for column in named:
                known = column in table.columns and column not in table.primary_key[:1]
                if known and (table.name, column) not in first:
                    found.setdefault((table.name, column), policy.place)
    if found:
        names = counted([f"{table}.{column}" for table, column in found])
        lines = [f"create index on {spelled(table)} ({quoted(column)});" for table, column in found]
        message = f"policies compare {names} with the caller, and no index begins with it"
        yield Hit(next(iter(found.values())), message, "policies", remedy=pasted(lines))
