"""A policy calls a function that asks who is calling, and that says of itself that its answer never changes.

IMMUTABLE lets Postgres work the call out once, when it plans the query. A plan is kept on a connection that serves one user after
the other: the answer for one of them may decide for the next.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users);
alter table public.letters enable row level security;
create function public.me() returns uuid language sql immutable set search_path = '' as 'select auth.uid()';
create policy own on public.letters for select using (user_id = public.me());  -- flagged
grant select on public.letters to authenticated;
```

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users);
alter table public.letters enable row level security;
create function public.me() returns uuid language sql stable set search_path = '' as 'select auth.uid()';
create policy own on public.letters for select using (user_id = public.me());
grant select on public.letters to authenticated;
```

With a column among its arguments it is worked out for every row anyway.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users);
alter table public.letters enable row level security;
create function public.mine(who uuid) returns boolean language sql immutable set search_path = '' as 'select who = auth.uid()';
create policy own on public.letters for select using (public.mine(user_id));
grant select on public.letters to authenticated;
```

To mend it: `alter function public.me() stable;`

Peers: pgrls SEC046
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Function, Name, Policy
from gate.audit.meaning import checks_caller, helpers
from gate.audit.quoting import callable_signature
from gate.audit.replay import parser
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_immutable_function_reads_caller(catalog: Catalog) -> Iterator[Hit]:
    """Policies within reach with a call of such a function whose arguments hold no column."""
    known = helpers(catalog)
    folded = {
        function.name: function
        for function in catalog.functions.values()
        if function.volatility == "immutable" and checks_caller(known, function.body)
    }
    for table, policy in catalog.policies():
        called = next(_folded(policy, folded), None) if policy.calls & folded.keys() else None
        if called and table.rls and catalog.reaches(table):
            message = (
                f"policy {policy.name!r} on {table.name} calls {called.signature}, which asks who is calling and is "
                "declared immutable"
            )
            form = callable_signature(catalog, called)
            remedy = f"alter function {form} stable;" if form else None
            text = f"{policy.using}|{policy.check}"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)


def _folded(policy: Policy, functions: dict[Name, Function]) -> Iterator[Function]:
    for node in policy.expressions():
        for one in parser.walk(node):
            if parser.kind(one) != "FuncCall" or len(one.funcname) < 2:
                continue
            found = functions.get(Name(*parser.strings(one.funcname)[-2:]))
            if found and not any(parser.kind(part) == "ColumnRef" for part in parser.walk(one)):
                yield found
