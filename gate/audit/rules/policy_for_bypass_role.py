"""Policies are written for a role that policies do not bind.

`service_role` passes row level security anyway. Such a policy does nothing; who reads it believes that it does, and the next one is
written without `to service_role` and opens the table.

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy server on public.jobs for all to service_role using (true);  -- flagged
create policy own on public.jobs for select to authenticated using (owner = auth.uid());
grant select on public.jobs to authenticated;
```

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy own on public.jobs for select to authenticated, service_role using (owner = auth.uid());
grant select on public.jobs to authenticated;
```

All of them are one finding, at the first.

To mend it: `drop policy server on public.jobs;`

Peers: pgrls SEC023
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.remedies import dropped
from gate.finding import Hit, Severity
from gate.rule import rule

BYPASSING = {"service_role", "postgres", "supabase_admin"}


@rule(Severity.NOTE)
def policy_for_bypass_role(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies for roles with BYPASSRLS alone."""
    found = [policy for _, policy in catalog.policies() if policy.permissive and set(policy.roles) <= BYPASSING]
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        serve = "serves" if len(found) == 1 else "serve"
        message = f"policy {found[0].name!r} on {found[0].table}{more} {serve} a role that policies do not bind"
        remedy = "\n".join(map(dropped, found))
        yield Hit(found[0].place, message, "policies for roles that bypass them", remedy=remedy)
