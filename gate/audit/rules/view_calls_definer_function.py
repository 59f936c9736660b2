"""A view with the caller's rights calls a function that reads with its owner's.

`security_invoker` says that the policies decide. What the function reads they are not asked about: the view shows it all the same.

```sql
create schema private;
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = auth.uid());
create function private.every_order() returns table (order_id uuid, sum int) language sql stable security definer set search_path = '' as $$
  select id, total from public.orders $$;
grant usage on schema private to authenticated;
create view public.order_list with (security_invoker = on) as select * from private.every_order();  -- flagged
grant select on public.order_list to authenticated;
```

A function that answers about the caller alone gives nothing else away.

```sql
create schema private;
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = auth.uid());
create function private.my_orders() returns table (order_id uuid, sum int) language sql stable security definer set search_path = '' as $$
  select id, total from public.orders where user_id = auth.uid() $$;
grant usage on schema private to authenticated;
create view public.order_list with (security_invoker = on) as select * from private.my_orders();
grant select on public.order_list to authenticated;
```

One that can be called through the API is told by itself, and a view that asks for the caller shows the caller's rows.

```sql
create table public.orders (id uuid primary key, user_id uuid references auth.users, total int);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = auth.uid());
create function public.every_order() returns table (order_id uuid, sum int) language sql stable security definer set search_path = '' as $$
  select id, total from public.orders $$;
create view public.order_list with (security_invoker = on) as select * from public.every_order();
grant select on public.order_list to authenticated;
```

To mend it: `alter function private.every_order() security invoker;`

Peers: pgrls VIEW004
"""

from collections.abc import Iterator

from gate.audit.bodies import callers, gives_rows, read_tables
from gate.audit.catalog import API_ROLES, Catalog, Function, Name, View
from gate.audit.meaning import checks_caller, helpers, names, plain, whole_table
from gate.audit.quoting import callable_signature
from gate.audit.views import filtered
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def view_calls_definer_function(catalog: Catalog) -> Iterator[Hit]:
    """Views within reach that select from a definer function which the API does not serve and which asks nobody."""
    known = helpers(catalog)
    for view in catalog.views.values():
        who = catalog.reaches(view, "SELECT") if view.calls else ()
        for function in _called(catalog, view, who):
            body = plain(function.body)
            tables = [catalog.tables.get(Name(*name)) for name in read_tables(body)]
            protected = [
                table for table in tables if table and table.rls and not all(whole_table(table, r) for r in who)
            ]
            if protected and not checks_caller(known, body) and not filtered(view):
                message = f"view {view.name} shows {names(who)} what {function.signature} reads of {protected[0].name}"
                form = callable_signature(catalog, function)
                remedy = f"alter function {form} security invoker;" if form else None
                yield Hit(view.place, message, str(view.name), function.body, remedy=remedy)
                break


def _called(catalog: Catalog, view: View, who: tuple[str, ...]) -> Iterator[Function]:
    """The definer functions of a view that its readers may execute there and nowhere else."""
    for name in sorted(view.calls) if who else ():
        for function in catalog.functions.named(name):
            held = (catalog.may(role, "EXECUTE", function.acl, name.schema) for role in API_ROLES)
            if function.definer and any(held) and not callers(catalog, function) and gives_rows(catalog, function):
                yield function
