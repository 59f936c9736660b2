"""A restrictive policy binds those who are signed in, and strangers reach the same rows without it.

It reads as a floor under all access. Whoever does not sign in walks past it.

```sql
create table public.notes (id uuid primary key, user_id uuid, hidden boolean);
alter table public.notes enable row level security;
create policy see on public.notes for select using (not hidden or user_id = auth.uid());
create policy floor on public.notes as restrictive for select to authenticated using (user_id = auth.uid());  -- flagged
grant select on public.notes to anon, authenticated;
```

```sql
create table public.notes (id uuid primary key, user_id uuid, hidden boolean);
alter table public.notes enable row level security;
create policy see on public.notes for select using (not hidden or user_id = auth.uid());
create policy floor on public.notes as restrictive for select using (user_id = auth.uid());
grant select on public.notes to anon, authenticated;
```

Where no policy serves strangers, there is nothing to bind. A second factor is asked of those who are signed in.

```sql
create table public.notes (id uuid primary key, user_id uuid, hidden boolean);
alter table public.notes enable row level security;
create policy see on public.notes for select to authenticated using (user_id = auth.uid());
create policy floor on public.notes as restrictive for select to authenticated using (not hidden);
create table public.open (id uuid primary key);
alter table public.open enable row level security;
create policy see on public.open for select using (true);
create policy second on public.open as restrictive for all to authenticated using (auth.jwt() ->> 'aal' = 'aal2');
grant select on public.notes, public.open to anon, authenticated;
```

To mend it: `alter policy floor on public.notes to public;`

Peers: none; pgrls SEC007 in its text
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import always_true
from gate.audit.remedies import altered
from gate.finding import Hit, Severity
from gate.rule import rule

SECOND_FACTOR = re.compile(r"aal|mfa|2fa", re.IGNORECASE)


@rule(Severity.NOTE)
def restrictive_policy_for_one_role(catalog: Catalog) -> Iterator[Hit]:
    """Restrictive policies for authenticated alone on tables where a permissive one serves anon."""
    for table, policy in catalog.policies():
        if policy.permissive or not table.rls or always_true(policy.using or policy.check):
            continue
        if SECOND_FACTOR.search(policy.name + policy.using) or policy.applies_to("anon"):
            continue
        if policy.applies_to("authenticated") and _served(catalog, table, policy, "anon"):
            message = (
                f"restrictive policy {policy.name!r} on {table.name} does not bind strangers, who reach its rows too"
            )
            remedy = altered(policy, None, None, "public")
            text = f"{policy.using}|{policy.check}"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)


def _served(catalog: Catalog, table: Table, policy: Policy, role: str) -> bool:
    """Whether another policy lets the role do what this one is about."""
    commands = ("select", "insert", "update", "delete") if policy.command == "all" else (policy.command,)
    return any(
        one.permissive
        and one.covers(command)
        and one.applies_to(role)
        and role in catalog.reaches(table, command.upper())
        for one in table.policies.values()
        for command in commands
    )
