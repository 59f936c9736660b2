"""A table says whose each row is, and none of its policies asks.

The rows are let through by what else they say, to everybody whom the policy is for. Whether that is meant, only the author knows: a
note.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, status text);
alter table public.orders enable row level security;
create policy see on public.orders for select to authenticated using (status = 'open');  -- flagged
grant select on public.orders to authenticated;
```

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, status text);
alter table public.orders enable row level security;
create policy see on public.orders for select to authenticated using (status = 'open' and user_id = auth.uid());
grant select on public.orders to authenticated;
```

One policy that asks for the owner shows that the other is meant, and rows that say that they are public are.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, status text);
create table public.pages (id uuid primary key, owner_id uuid references auth.users, is_public boolean);
alter table public.orders enable row level security;
alter table public.pages enable row level security;
create policy see on public.orders for select to authenticated using (status = 'open');
create policy own on public.orders for delete to authenticated using (user_id = auth.uid());
create policy see on public.pages for select using (is_public);
grant select, delete on public.orders, public.pages to authenticated;
```

Policies that are always true, or ask only for a sign-in, are told by other rules.

To mend it: `alter policy see on public.orders using (status = 'open' and user_id = auth.uid());`

Peers: pgrls SEC027
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import checks_caller, helpers, open_to, owner_columns, private
from gate.audit.ways import open_ways
from gate.finding import Hit, Severity
from gate.rule import rule

SHOWN = re.compile(r"public|publish|visib|active|approved|enabled|featured|listed|share|deleted", re.IGNORECASE)


@rule(Severity.NOTE)
def owner_column_unused(catalog: Catalog) -> Iterator[Hit]:
    """Private tables whose rows are shown by what they say, and none of whose policies looks at the caller."""
    known = helpers(catalog)
    for table in catalog.own_tables():
        if not table.rls or not table.policies or not private(catalog, table) or not catalog.reaches(table, "SELECT"):
            continue
        texts = [policy.using + policy.check for policy in table.policies.values()]
        owners = owner_columns(catalog, table)
        if any(checks_caller(known, text) or any(re.search(rf"\b{one}\b", text) for one in owners) for text in texts):
            continue
        for policy in table.policies.values():
            if not policy.permissive or not policy.covers("select") or not open_to(catalog, table, policy, "SELECT"):
                continue
            way = next(open_ways(catalog, known, table, policy.using_node), None)
            if way and not SHOWN.search(way.text):
                message = (
                    f"policy {policy.name!r} shows rows of {table.name} where {way.shown}; none asks for {owners[0]}"
                )
                yield Hit(policy.place, message, str(table.name), policy.using)
                break
