"""A policy compares what a function makes of a column, so that the column's index is of no use.

Every query reads the whole table and calls the function for each row.

```sql
create table public.invitations (id uuid primary key, email text);
create index on public.invitations (email);
alter table public.invitations enable row level security;
create policy own on public.invitations for select to authenticated using (lower(email) = (select auth.email()));  -- flagged
grant select on public.invitations to authenticated;
```

An index on the same expression is used.

```sql
create table public.invitations (id uuid primary key, email text, code text);
create index on public.invitations (lower(email));
create index on public.invitations (code);
alter table public.invitations enable row level security;
create policy own on public.invitations for select to authenticated using (lower(email) = (select auth.email()));
create policy coded on public.invitations for update to authenticated using (code = lower((select auth.email())));
grant select, update on public.invitations to authenticated;
```

One finding tells of all of them.

To mend it: `create index on public.invitations (lower(email));`

Peers: pgrls PERF004
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name, Policy
from gate.audit.meaning import counted
from gate.audit.quoting import spelled
from gate.audit.remedies import pasted
from gate.audit.replay.subqueries import wrapped_columns
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def policy_function_on_column(catalog: Catalog) -> Iterator[Hit]:
    """Such comparisons of policies that read rows, without an index that holds the expression; one finding for the project."""
    found: dict[tuple[Name, str], Policy] = {}
    for table, policy in catalog.policies():
        if not table.rls or table.name in catalog.platform or policy.using_node is None or not catalog.reaches(table):
            continue
        for text in wrapped_columns(policy.using_node, table.name):
            if not any(one.table == table.name and text in one.details for one in catalog.indexes.values()):
                found.setdefault((table.name, text), policy)
    if found:
        names = counted([f"{text} of {table}" for table, text in found])
        lines = [f"create index on {spelled(table)} ({text});" for table, text in found]
        message = f"policies compare {names}, and no index holds that"
        yield Hit(next(iter(found.values())).place, message, "policies", remedy=pasted(lines))
