"""A policy lets through whoever is not signed in.

`auth.uid() is null` holds for strangers: the rows are open to everybody but the app's own users.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy own on public.letters for select using (auth.uid() is null or user_id = auth.uid());  -- flagged
grant select on public.letters to anon, authenticated;
```

An owner who may be missing is a column's question, not the caller's.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy own on public.letters for select using (user_id is null or user_id = auth.uid());
grant select on public.letters to anon, authenticated;
```

Rows of strangers may be for strangers, and a policy that does not serve `anon` lets none of them in.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy add on public.letters for insert with check ((auth.uid() is null and user_id is null) or user_id = auth.uid());
create policy own on public.letters for select to authenticated using (auth.uid() is null or user_id = auth.uid());
grant select, insert on public.letters to anon, authenticated;
```

To mend it: `alter policy own on public.letters using (user_id = auth.uid());`

Peers: pgrls SEC004
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy
from gate.audit.meaning import open_to, personal
from gate.audit.remedies import altered
from gate.audit.replay.conditions import alternatives, nobody
from gate.audit.replay.parser import expression
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_inverted_auth_check(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies on rows with an owner, with an alternative that only asks that nobody is signed in."""
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and personal(catalog, table)):
            continue
        verbs = ("SELECT", "INSERT", "UPDATE", "DELETE") if policy.command == "all" else (policy.command.upper(),)
        if not any("anon" in open_to(catalog, table, policy, verb) for verb in verbs):
            continue
        if any(nobody(one) for node in policy.expressions() for one in alternatives(node)):
            message = f"policy {policy.name!r} on {table.name} serves whoever is not signed in"
            text = policy.using + policy.check
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=_remedy(policy))


def _remedy(policy: Policy) -> str | None:
    """The policy without those alternatives, where another one remains."""
    using, check = (_others(node) if node is not None else None for node in (policy.using_node, policy.check_node))
    return None if "" in (using, check) else altered(policy, using, check)


def _others(node: object) -> str:
    return " or ".join(f"({expression(one)})" for one in alternatives(node) if not nobody(one))
