"""A function with its owner's rights leaves its search path to the caller.

Whoever can make objects in a schema on the path can shadow a table or function that the body names, and run with its rights.

```sql
create table public.t (id int);
create function public.count_all() returns bigint language sql security definer as 'select count(*) from public.t';  -- flagged
```

```sql
create table public.t (id int);
create function public.count_all() returns bigint language sql security definer set search_path = '' as 'select count(*) from public.t';
```

```sql
create table public.t (id int);
create function public.count_all() returns bigint language sql as 'select count(*) from public.t';
```

CREATE OR REPLACE drops what it does not repeat.

```sql
create table public.t (id int);
create function public.count_all() returns bigint language sql security definer set search_path = '' as 'select count(*) from public.t';
create or replace function public.count_all() returns bigint language sql security definer as 'select count(id) from public.t';  -- flagged
alter table public.t enable row level security;
```

A project that never sets one has one finding, at the first of its functions.

```sql
create table public.t (id int);
create function public.count_all() returns bigint language sql security definer as 'select count(*) from public.t';  -- flagged
create function public.count_some() returns bigint language sql security definer as 'select count(id) from public.t';
alter table public.t enable row level security;
```

To mend it: `alter function public.count_all() set search_path = '';` and full names in the body.

Peers: pgrls SEC015; splinter 0011; pgspot PS003 to PS005; rlsautotest L013
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Function
from gate.audit.meaning import counted
from gate.audit.remedies import together, with_path
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def definer_function_search_path_mutable(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions without a search path of their own: one finding for all of them, one for those that lost it."""
    found: dict[bool, list[Function]] = {}
    for function in catalog.functions.values():
        if function.definer and "search_path" not in function.settings:
            found.setdefault(function.lost_path, []).append(function)
    for lost, functions in found.items():
        several = len(functions) > 1
        cause = f", since a CREATE OR REPLACE left out {'their' if several else 'its'} own" if lost else ""
        who = counted([one.signature for one in functions])
        verb = "run with their owners' rights" if several else "runs with its owner's rights"
        message = f"{who} {verb} on the caller's search path{cause}"
        remedy = together(with_path(catalog, one) for one in functions)
        yield Hit(functions[0].place, message, "search path lost" if lost else "search path never set", remedy=remedy)
