"""A policy for everything checks new rows by another condition than the one that says which rows are whose.

USING keeps people to their own rows, and a WITH CHECK of its own takes its place for rows that are written: whoever passes it adds
rows in anyone's name, or to any tenant.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int);
alter table public.orders enable row level security;
create policy own on public.orders for all using (user_id = auth.uid()) with check (total > 0);  -- flagged
grant select, insert, update, delete on public.orders to authenticated;
```

Without a WITH CHECK, USING is the check as well; one that asks more must ask the same too.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int);
alter table public.orders enable row level security;
create policy own on public.orders for all using (user_id = auth.uid()) with check (user_id = auth.uid() and total > 0);
grant select, insert, update, delete on public.orders to authenticated;
```

A check that asks another table or a function of the project may bind the row by that.

```sql
create table public.shops (id uuid primary key, owner uuid);
create table public.orders (id uuid primary key, shop uuid, user_id uuid references auth.users);
alter table public.shops enable row level security;
alter table public.orders enable row level security;
create policy own on public.shops for select using (owner = auth.uid());
create policy own on public.orders for all using (user_id = auth.uid())
  with check (exists (select 1 from public.shops where shops.id = orders.shop));
grant select, insert, update, delete on public.shops, public.orders to authenticated;
```

A check that is simply true, or asks only for a sign-in, is told by the rules about those.

To mend it: `alter policy own on public.orders with check (user_id = auth.uid() and total > 0);`

Peers: pgrls SEC040; rlsautotest L009
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import bound, helpers, names, open_to
from gate.audit.remedies import altered
from gate.audit.ways import open_ways
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def write_check_drops_row_scope(catalog: Catalog) -> Iterator[Hit]:
    """Policies for all commands whose USING asks the caller, and whose own WITH CHECK rests on the row alone."""
    known = helpers(catalog)
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and policy.command == "all" and policy.check):
            continue
        who = open_to(catalog, table, policy, "INSERT")
        if not who or not bound(known, policy.using_node) or table.name in catalog.platform:
            continue
        way = next(open_ways(catalog, known, table, policy.check_node), None)
        if way:
            message = (
                f"policy {policy.name!r} lets {names(who)} add rows to {table.name} in any name: "
                f"WITH CHECK asks only {way.shown}"
            )
            remedy = altered(policy, check=f"({policy.using}) and ({policy.check})")
            text = f"{policy.using}|{policy.check}"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)
