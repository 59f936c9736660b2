"""A policy compares a column with the role of the database, which is the same for everybody.

All signed-in users come as `authenticated`. Where a row says so, everyone has it; where it holds a person's name, nobody does.

```sql
create table public.notes (id uuid primary key, owner text default current_user);
alter table public.notes enable row level security;
create policy own on public.notes using (owner = current_user);  -- flagged
grant select, insert on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner text default auth.uid()::text);
alter table public.notes enable row level security;
create policy own on public.notes using (owner = auth.uid()::text);
grant select, insert on public.notes to authenticated;
```

To ask for a role by its name is another question.

```sql
create table public.notes (id uuid primary key);
alter table public.notes enable row level security;
create policy server on public.notes using (current_user = 'service_role');
grant select on public.notes to authenticated;
```

To mend it: `alter policy own on public.notes using (owner = auth.uid()::text);`

Peers: pgrls SEC018
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import open_to
from gate.audit.replay.conditions import compares_role
from gate.finding import Hit, Severity
from gate.rule import rule

ROLE = re.compile(r"\b(current_user|session_user|current_role|user)\b", re.IGNORECASE)


@rule(Severity.WARNING)
def policy_compares_current_user(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies within reach with an equality of a column and current_user or session_user."""
    for table, policy in catalog.policies():
        verb = "SELECT" if policy.command == "all" else policy.command.upper()
        if not ROLE.search(policy.using + policy.check) or not (policy.permissive and table.rls):
            continue
        if not open_to(catalog, table, policy, verb):
            continue
        if any(compares_role(node) for node in policy.expressions()):
            message = (
                f"policy {policy.name!r} on {table.name} compares rows with the database role, which all users share"
            )
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", f"{policy.using}|{policy.check}")
