"""A function hands out every row of a protected table to whoever calls it.

It runs with its owner's rights, so the policies of the table are not asked, and nothing in it asks who is calling: one request
returns what belongs to everybody.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = auth.uid());
create function public.all_orders() returns setof public.orders language sql stable security definer set search_path = '' as $$  -- flagged
  select * from public.orders $$;
```

With the caller's rights the policies decide, and a condition on the caller is as good.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = auth.uid());
create function public.all_orders() returns setof public.orders language sql stable set search_path = '' as $$
  select * from public.orders $$;
create function public.my_orders() returns setof public.orders language sql stable security definer set search_path = '' as $$
  select * from public.orders where user_id = auth.uid() $$;
```

Numbers over all rows are no rows, and a condition of any kind may say which of them are public.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int, share_code text);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = auth.uid());
create function public.turnover() returns table (day date, total bigint) language sql stable security definer set search_path = '' as $$
  select current_date, sum(total) from public.orders $$;
create function public.shared_order(code text) returns setof public.orders language sql stable security definer set search_path = '' as $$
  select * from public.orders where share_code = code $$;
```

Nor does it hand out rows that a loop works through one by one.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = auth.uid());
create function public.settle_one(order_id uuid) returns boolean language sql set search_path = '' as 'select true';
create function public.settle() returns json language plpgsql security definer set search_path = '' as $$
declare one record; n int := 0;
begin
  for one in select id from public.orders loop
    perform public.settle_one(one.id); n := n + 1;
  end loop;
  return json_build_object('settled', n);
end $$;
```

To mend it: `alter function public.all_orders() security invoker;`

Peers: none as a rule of its own; splinter 0028 and 0029 flag every callable function with its owner's rights
"""

import re
from collections.abc import Iterator

from gate.audit.bodies import callers, gives_rows, read_tables, writes
from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import checks_caller, helpers, names, plain, private, whole_table
from gate.audit.quoting import callable_signature
from gate.finding import Hit, Severity
from gate.rule import rule

CHOSEN = re.compile(r"\b(where|count|sum|avg|min|max|rank|row_number)\(|\bgroup\s+by\b", re.IGNORECASE)
LOOP = re.compile(r"\bfor\s+\w+\s+in\b.*?\bloop\b", re.IGNORECASE | re.DOTALL)
KEPT = re.compile(r"\|\||\breturn\s+next\b|array_append", re.IGNORECASE)  # what a loop looks at may be gathered
TEXTS = {"text", "varchar", "uuid", "_text", "_uuid"}


@rule(Severity.WARNING)
def definer_function_shows_all_rows(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that return rows of private tables, whatever the caller sends."""
    known = helpers(catalog)
    asked = {name for _, policy in catalog.policies() for name in policy.calls}
    for function in catalog.functions.values():
        who = callers(catalog, function) if function.definer and function.name not in asked else ()
        if not who or any(kind in TEXTS for _, kind in function.arguments) or not gives_rows(catalog, function):
            continue
        body = plain(function.body)
        if not KEPT.search(body):
            body = LOOP.sub(" ", body)
        if writes(body) or CHOSEN.search(body) or checks_caller(known, body):
            continue
        table = next(_protected(catalog, body, who), None)
        if table:
            form = callable_signature(catalog, function)
            remedy = f"alter function {form} security invoker;" if form else None
            message = f"{names(who)} can call {function.signature}, which returns the rows of {table} whoever asks"
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)


def _protected(catalog: Catalog, body: str, who: tuple[str, ...]) -> Iterator[str]:
    """The private tables that it reads and that those who may call it cannot read whole anyway."""
    for schema, name in read_tables(body):
        table = catalog.tables.get(Name(schema, name))
        if table is None or not table.rls or not private(catalog, table) or table.name in catalog.platform:
            continue
        if not any(whole_table(table, role) for role in who):
            yield str(table.name)
