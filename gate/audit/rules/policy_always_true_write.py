"""A policy lets anyone change or add any row.

Somebody else's rows are changed, deleted, or added in their name. Often it was meant for the server: but `service_role` passes
row level security anyway, so a policy without `to service_role` only opens the door to everybody else.

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy "service role" on public.jobs for all using (true);  -- flagged
grant select, insert, update, delete on public.jobs to authenticated;
```

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy "service role" on public.jobs for all to service_role using (true);
create policy own on public.jobs for insert to authenticated with check (owner = auth.uid());
grant select, insert, update, delete on public.jobs to authenticated;
```

A restrictive policy may limit it.

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy all_of_it on public.jobs for insert with check (true);
create policy floor on public.jobs as restrictive for insert with check (owner = auth.uid());
grant insert on public.jobs to authenticated;
```

Adding rows that belong to nobody, as a newsletter's form does, is a warning: anyone can fill the table.

```sql
create table public.subscribers (id uuid primary key, email text);
alter table public.subscribers enable row level security;
create policy sign_up on public.subscribers for insert with check (true);  -- flagged
grant insert on public.subscribers to anon;
```

Files have a rule of their own.

```sql
create policy files on storage.objects for insert with check (true);
```

To mend it: tie the row to the caller, as in `with check (owner = auth.uid())`, or drop the policy.

Peers: pgrls SEC008, SEC011, SEC020, SEC028, SEC039; splinter 0024
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import always_true, names, open_to, personal
from gate.audit.remedies import altered, own_row
from gate.finding import Hit, Severity
from gate.rule import rule

SERVER = re.compile(r"service|server|backend|worker|system|webhook", re.IGNORECASE)
VERBS = {"insert": "add rows to", "update": "change the rows of", "delete": "delete the rows of"}


@rule(Severity.ERROR)
def policy_always_true_write(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies whose deciding condition is always true."""
    for table, policy in catalog.policies():
        if not policy.permissive or not table.rls or table.name in catalog.platform:
            continue
        for verb, words in VERBS.items():
            who = open_to(catalog, table, policy, verb.upper())
            if policy.covers(verb) and always_true(_deciding(policy, verb)) and who:
                message = f"policy {policy.name!r} lets {names(who)} {words} {table.name}, whoever they belong to"
                form = verb == "insert" and policy.command == "insert" and not personal(catalog, table)
                yield Hit(
                    policy.place,
                    message,
                    f"{table.name} policy {policy.name}",
                    f"{policy.using}|{policy.check}",
                    Severity.WARNING if form else None,
                    remedy=_remedy(catalog, table, policy),
                )
                break


def _deciding(policy: Policy, verb: str) -> str:
    if verb == "insert":
        return policy.check if policy.command == "insert" else policy.checks()
    return policy.using


def _remedy(catalog: Catalog, table: Table, policy: Policy) -> str | None:
    """A policy that was meant for the server serves the server; one for people asks whose row it is."""
    if SERVER.search(policy.name):
        return altered(policy, to="service_role")
    own = own_row(catalog, table)
    return altered(policy, using=own, check=own) if own else None
