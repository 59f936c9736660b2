"""A policy's condition holds for every row, though it does not look so.

`x or not x`, a comparison of two constants, `true` among the alternatives: whatever else the condition asks, it lets everybody
through.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, sealed boolean);
alter table public.letters enable row level security;
create policy own on public.letters for select using (user_id = auth.uid() or true);  -- flagged
create policy change on public.letters for update using (sealed or not sealed);  -- flagged
create policy remove on public.letters for delete using ('a' = 'a');  -- flagged
grant select, update, delete on public.letters to authenticated;
```

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, sealed boolean, open boolean);
alter table public.letters enable row level security;
create policy own on public.letters for select using (user_id = auth.uid() or (sealed and not open));
create policy change on public.letters for update using (user_id = auth.uid() and (sealed or not open));
grant select, update, delete on public.letters to authenticated;
```

A column that is null, or is not, is every row as well. Two comparisons of one column are not.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, status text);
alter table public.letters enable row level security;
create policy own on public.letters for select using (user_id is null or user_id is not null);  -- flagged
create policy few on public.letters for update using (status = 'new' or status = 'old');
grant select, update on public.letters to authenticated;
```

A condition that is the word `true` is said by the rules about open policies, and a column that is compared with itself by its own.

To mend it: `alter policy own on public.letters using (user_id = auth.uid());`

Peers: none static; pgrls verify
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy
from gate.audit.meaning import always_true, names, open_to, personal
from gate.audit.remedies import altered, own_row
from gate.audit.replay.conditions import always_holds
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_tautology(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies whose condition holds for every row by its form, the plain `true` aside."""
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls) or table.name in catalog.platform:
            continue
        verb = "SELECT" if policy.command == "all" else policy.command.upper()
        who = open_to(catalog, table, policy, verb)
        if who and any(always_holds(node) and not always_true(text) for node, text in _conditions(policy)):
            message = f"policy {policy.name!r} on {table.name} lets {names(who)} through: its condition always holds"
            own = own_row(catalog, table)
            remedy = altered(policy, own, own) if own else None
            severity = None if policy.command != "select" or personal(catalog, table) else Severity.NOTE
            text = f"{policy.using}|{policy.check}"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, severity, remedy=remedy)


def _conditions(policy: Policy) -> Iterator[tuple[object, str]]:
    if policy.using_node is not None:
        yield policy.using_node, policy.using
    if policy.check_node is not None:
        yield policy.check_node, policy.check
