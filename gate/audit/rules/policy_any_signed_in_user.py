"""A policy asks only that somebody is signed in, on rows that belong to people.

Anyone can sign up, so every account reaches everybody's rows.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy members on public.letters for select using (auth.role() = 'authenticated');  -- flagged
grant select on public.letters to authenticated;
```

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy members on public.letters for select using (auth.role() = 'authenticated' and user_id = auth.uid());
grant select on public.letters to authenticated;
```

One alternative is enough.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create policy members on public.letters for select using (user_id = auth.uid() or auth.uid() is not null);  -- flagged
grant select on public.letters to authenticated;
```

A shared catalogue belongs to nobody.

```sql
create table public.styles (id uuid primary key, name text);
alter table public.styles enable row level security;
create policy members on public.styles for select using ((select auth.uid()) is not null);
grant select on public.styles to authenticated;
```

To mend it: compare the owner, as in `using (user_id = auth.uid())`.

Peers: pgrls SEC005, SEC027; supashield; rlsgate
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy
from gate.audit.meaning import any_signed_in, open_to, personal
from gate.audit.remedies import altered, own_row
from gate.audit.replay.conditions import alternatives
from gate.audit.replay.parser import expression
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_any_signed_in_user(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies that any account passes, on tables with an owner."""
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and any(map(any_signed_in, _ways(policy)))):
            continue
        privilege = "SELECT" if policy.command == "all" else policy.command.upper()
        if personal(catalog, table) and open_to(catalog, table, policy, privilege):
            message = f"policy {policy.name!r} on {table.name} serves every account, not the owner of the row"
            own = own_row(catalog, table)
            remedy = altered(policy, using=own, check=own) if own else None
            text = policy.using or policy.check
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)


def _ways(policy: Policy) -> Iterator[str]:
    """The alternatives of the condition that says which rows there are, or which may be added."""
    yield from map(expression, alternatives(policy.using_node if policy.using_node is not None else policy.check_node))
