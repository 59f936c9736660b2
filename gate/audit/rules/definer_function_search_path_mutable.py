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

To mend it: `alter function public.count_all() set search_path = '';` and full names in the body.

Peers: pgrls SEC015; splinter 0011; pgspot PS003 to PS005; rlsautotest L013
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.remedies import with_path
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def definer_function_search_path_mutable(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions without a search path of their own."""
    for function in catalog.functions.values():
        if function.definer and "search_path" not in function.settings:
            cause = ", since a CREATE OR REPLACE left out its own" if function.lost_path else ""
            message = f"{function.signature} runs with its owner's rights on the caller's search path{cause}"
            yield Hit(function.place, message, function.signature, remedy=with_path(catalog, function))
