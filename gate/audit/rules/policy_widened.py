"""A policy was altered or made again, and no longer asks for the caller as it did.

What it demanded is gone from its condition: the rows that it kept to their owners are served to everybody whom it is for.

```sql
create table public.notes (id uuid primary key, user_id uuid references auth.users, kind text);
alter table public.notes enable row level security;
create policy see on public.notes for select using (user_id = auth.uid() and kind = 'letter');
alter policy see on public.notes using (kind = 'letter');  -- flagged
grant select on public.notes to authenticated;
```

A demand more is stricter, and another way to be sure of the caller is as good.

```sql
create table public.notes (id uuid primary key, user_id uuid references auth.users, kind text);
alter table public.notes enable row level security;
create policy see on public.notes for select using (user_id = auth.uid());
alter policy see on public.notes using (user_id = auth.uid() and kind = 'letter');
create policy change on public.notes for update using (user_id = auth.uid());
drop policy change on public.notes;
create policy change on public.notes for update using (user_id = (select auth.uid()));
grant select, update on public.notes to authenticated;
```

So is another way in beside the caller's own, as rows that are published are for reading.

```sql
create table public.notes (id uuid primary key, user_id uuid references auth.users, published boolean);
alter table public.notes enable row level security;
create policy see on public.notes for select using (user_id = auth.uid());
alter policy see on public.notes using (user_id = auth.uid() or published);
grant select on public.notes to authenticated;
```

A policy that was for the server alone, and is for everyone now, with the condition that it had:

```sql
create table public.jobs (id uuid primary key, status text);
alter table public.jobs enable row level security;
create policy server on public.jobs for select to service_role using (status = 'new');
drop policy server on public.jobs;
create policy server on public.jobs for select using (status = 'new');  -- flagged
grant select on public.jobs to authenticated;
```

One that is always true by now, or asks only for a sign-in, is told by the rules about those.

To mend it, give it the condition back: `alter policy see on public.notes using (user_id = auth.uid() and kind = 'letter');`

Peers: none; squawk ban-alter-policy-condition and ban-alter-policy-roles fire on every change
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Policy, Table
from gate.audit.meaning import Helpers, bound, helpers, open_to
from gate.audit.remedies import altered
from gate.audit.replay.conditions import alternatives
from gate.audit.ways import open_ways
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_widened(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies within reach that asked for the caller before their last change, and rest on the row now."""
    known = helpers(catalog)
    for (name, policy_name), former in catalog.former.items():
        table = catalog.tables.get(name)
        policy = table.policies.get(policy_name) if table else None
        was = former.policy
        if table is None or policy is None or not policy.permissive or not table.rls or not was.permissive:
            continue
        verb = "SELECT" if policy.command == "all" else policy.command.upper()
        how = _widened(catalog, known, table, (was, policy)) if open_to(catalog, table, policy, verb) else None
        if how:
            message = f"policy {policy_name!r} on {name} {how}"
            restored = altered(policy, was.using, was.check, *was.roles) if was.command == policy.command else None
            text = f"{policy.using}|{policy.check}"
            yield Hit(policy.place, message, f"{name} policy {policy_name}", text, remedy=restored)


def _widened(catalog: Catalog, known: Helpers, table: Table, pair: tuple[Policy, Policy]) -> str | None:
    was, now = pair
    ways = [way for node in now.expressions() for way in open_ways(catalog, known, table, node)]
    if len(ways) < sum(1 for node in now.expressions() for _ in alternatives(node)):
        return None  # another way in beside the caller's own is a feature as often as not
    if all(bound(known, node) for node in was.expressions()) and list(was.expressions()):
        return f"asked for the caller, and asks only {ways[0].shown} by now"
    if not any(was.applies_to(role) for role in API_ROLES) and (was.using, was.check) == (now.using, now.check):
        return "was for the server, and serves the API's roles by now"
    return None
