"""A policy that is meant to forbid is permissive, and so allows.

Permissive policies are joined by OR: whatever one of them lets through is let through. `not hidden` in a second one does not hide
anything; it opens everybody's rows that are not hidden.

```sql
create table public.notes (id uuid primary key, user_id uuid, hidden boolean);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
create policy "hide hidden notes" on public.notes for select using (not hidden);  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, user_id uuid, hidden boolean);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
create policy "hide hidden notes" on public.notes as restrictive for select using (not hidden);
grant select on public.notes to authenticated;
```

One that is never true forbids nothing and allows nothing, and one that stands alone decides alone.

```sql
create table public.notes (id uuid primary key, user_id uuid, hidden boolean);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
create policy "deny updates" on public.notes for update using (false);
create policy "prevent foreign inserts" on public.notes for insert with check (user_id = auth.uid());
grant select, insert, update on public.notes to authenticated;
```

To mend it, make it again `as restrictive`.

Peers: none; pgrls SEC007 and splinter 0006 see several policies of any kind
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import open_to
from gate.audit.remedies import made_again
from gate.finding import Hit, Severity
from gate.rule import rule

FORBIDS = re.compile(
    r"\b(deny|denies|block|blocks|prevent|prevents|forbid|forbids|disallow|hide|hides|exclude|excludes|except|cannot|can't|never)\b",
    re.IGNORECASE,
)


@rule(Severity.WARNING)
def deny_policy_is_permissive(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies whose name forbids, beside another permissive one for the same command and role."""
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls) or not FORBIDS.search(policy.name.replace("_", " ")):
            continue
        if "false" in {policy.using, policy.check} or table.name in catalog.platform:
            continue
        other = next(_beside(catalog, table, policy), None)
        if other:
            message = f"policy {policy.name!r} on {table.name} is permissive: it forbids nothing that {other!r} allows"
            text = f"{policy.using}|{policy.check}"
            remedy = made_again(policy, "as restrictive")
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)


def _beside(catalog: Catalog, table: Table, policy: Policy) -> Iterator[str]:
    commands = ("select", "insert", "update", "delete") if policy.command == "all" else (policy.command,)
    for one in table.policies.values():
        if one.name == policy.name or not one.permissive or FORBIDS.search(one.name.replace("_", " ")):
            continue
        for command in commands:
            served = set(open_to(catalog, table, policy, command.upper()))
            if one.covers(command) and served & set(open_to(catalog, table, one, command.upper())):
                yield one.name
