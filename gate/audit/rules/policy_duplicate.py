"""Two policies of a table say the same.

Whoever changes one of them believes that something has changed.

```sql
create table public.notes (id uuid primary key, owner uuid);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
create policy "Users see their notes" on public.notes for select to authenticated using (owner = (select auth.uid()));  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
create policy change on public.notes for update to authenticated using (owner = (select auth.uid()));
grant select, update on public.notes to authenticated;
```

One finding tells of all of them.

To mend it: `drop policy "Users see their notes" on public.notes;`

Peers: pgrls HYG003
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import counted
from gate.audit.remedies import dropped, pasted
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def policy_duplicate(catalog: Catalog) -> Iterator[Hit]:
    """Policies that say what an earlier one of the table says; one finding for the project."""
    seen = set()
    found = []
    for table, policy in catalog.policies():
        said = (table.name, policy.command, policy.permissive, frozenset(policy.roles), policy.using, policy.checks())
        if said in seen:
            found.append(policy)
        seen.add(said)
    if found:
        names = counted([f"{policy.name!r} on {policy.table}" for policy in found])
        verb = (
            "says what another policy of its table says"
            if len(found) == 1
            else "say what other policies of their tables say"
        )
        remedy = pasted(map(dropped, found))
        yield Hit(found[0].place, f"{names} {verb}", "policies", remedy=remedy)
