"""A policy calls a function that is not declared STABLE.

Without it a function counts as one that changes its answer from row to row: Postgres calls it for every row, and uses no index for what
it gives.

```sql
create table public.notes (id uuid primary key, team uuid);
create index on public.notes (team);
alter table public.notes enable row level security;
create function public.my_team() returns uuid language sql set search_path = '' as 'select auth.uid()';
create policy team on public.notes for select to authenticated using (team = public.my_team());  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, team uuid);
create index on public.notes (team);
alter table public.notes enable row level security;
create function public.my_team() returns uuid language sql stable set search_path = '' as 'select auth.uid()';
create policy team on public.notes for select to authenticated using (team = public.my_team());
grant select on public.notes to authenticated;
```

To mend it: `alter function public.my_team() stable;`, where it changes nothing.

Peers: pgrls PERF002
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Function, Name, Policy
from gate.audit.meaning import counted, plain
from gate.audit.quoting import callable_signature
from gate.audit.remedies import together
from gate.finding import Hit, Severity
from gate.rule import rule

WRITES = re.compile(r"\b(?:insert|update|delete|truncate|execute|nextval|set_config)\b", re.IGNORECASE)


@rule(Severity.NOTE)
def policy_volatile_function(catalog: Catalog) -> Iterator[Hit]:
    """Volatile functions of the project in policies that read rows; one finding for the project."""
    found: dict[tuple[Name, tuple[str, ...]], tuple[Function, Policy]] = {}
    for table, policy in catalog.policies():
        if table.rls and catalog.reaches(table) and policy.using:
            for name in sorted(policy.calls):
                for function in catalog.functions.named(name):
                    if function.volatility == "volatile" and function.body and not WRITES.search(plain(function.body)):
                        found.setdefault(function.key, (function, policy))
    if found:
        functions = [function for function, _ in found.values()]
        first = next(iter(found.values()))[1]
        names = [callable_signature(catalog, function) for function in functions]
        called = list(dict.fromkeys(str(one.name) for one in functions))
        verb = (
            "is called for every row: it is not STABLE" if len(called) == 1 else "are called for every row: not STABLE"
        )
        message = f"{counted(called)} in policies {verb}"
        remedy = together(name and f"alter function {name} stable;" for name in names)
        yield Hit(first.place, message, "policies", remedy=remedy)
