"""A policy is called like a draft.

Nobody knows later what it was for, and whether it was to stay.

```sql
create table public.notes (id uuid primary key, owner uuid);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy test on public.notes for select to authenticated using (owner = (select auth.uid()));  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid, temperature int);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy temperature on public.notes for select to authenticated using (owner = (select auth.uid()) and temperature > 0);
grant select on public.notes to authenticated;
```

To mend it: `alter policy test on public.notes rename to own_notes;`, or drop it.

Peers: pgrls HYG002
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import counted
from gate.finding import Hit, Severity
from gate.rule import rule

DRAFT = re.compile(
    r"(new|my|test|temp|tmp|todo|fixme|foo|bar|asdf|untitled|policy|p)([ _-]?policy)?[ _-]?\d*", re.IGNORECASE
)


@rule(Severity.NOTE)
def policy_placeholder_name(catalog: Catalog) -> Iterator[Hit]:
    """Such names; one finding for the project."""
    found = [policy for _, policy in catalog.policies() if DRAFT.fullmatch(policy.name)]
    if found:
        verb = "is called like a draft" if len(found) == 1 else "are called like drafts"
        yield Hit(found[0].place, f"{counted([f'{one.name!r} on {one.table}' for one in found])} {verb}", "policies")
