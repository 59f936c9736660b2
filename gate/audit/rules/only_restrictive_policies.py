"""A table has only restrictive policies, so that nobody gets a row.

A restrictive policy takes away from what permissive ones allow. Without one of those there is nothing to take from.

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes as restrictive for select to authenticated using (owner = (select auth.uid()));  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid, team uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
create policy teams on public.notes as restrictive for select to authenticated using (team is not null);
grant select on public.notes to authenticated;
```

To mend it: write the policy that allows without AS RESTRICTIVE.

Peers: pgrls SEC012
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def only_restrictive_policies(catalog: Catalog) -> Iterator[Hit]:
    """Tables within reach whose policies are all restrictive, unless one of them says that this is meant."""
    for table in catalog.own_tables():
        policies = list(table.policies.values())
        closed = any((one.using or one.check).strip("()").lower() == "false" for one in policies)
        if (
            table.rls
            and policies
            and not any(one.permissive for one in policies)
            and catalog.reaches(table)
            and not closed
        ):
            message = f"{table.name} has only restrictive policies: nobody gets a row, whatever they say"
            yield Hit(policies[0].place, message, str(table.name))
