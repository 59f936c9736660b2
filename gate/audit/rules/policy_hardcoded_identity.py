"""A policy names one account, by its id or address.

It works in the one database that has this account. In another it gives the rights to nobody, or to whoever is first to sign up with
that address.

```sql
create table public.reports (id uuid primary key, body text);
alter table public.reports enable row level security;
create policy boss on public.reports for select using (auth.uid() = '5f0c9c1e-0000-4000-8000-000000000001');  -- flagged
create policy chief on public.reports for delete using (auth.jwt() ->> 'email' = 'chief@example.com');  -- flagged
grant select, delete on public.reports to authenticated;
```

A row with a known id is no account.

```sql
create table public.reports (id uuid primary key, body text, team uuid);
alter table public.reports enable row level security;
create policy shared on public.reports for select using (team = '5f0c9c1e-0000-4000-8000-000000000001' and auth.uid() is not null);
grant select on public.reports to authenticated;
```

To mend it: keep rights in a table, or in `app_metadata`.

Peers: pgrls SEC021
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import open_to
from gate.audit.replay.patterns import constant_identity
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def policy_hardcoded_identity(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies within reach that compare the caller with a constant; the account is not repeated."""
    for table, policy in catalog.policies():
        text = policy.using + policy.check
        if not (policy.permissive and table.rls) or not ("auth." in text and "'" in text):
            continue
        verb = "SELECT" if policy.command == "all" else policy.command.upper()
        if any(map(constant_identity, policy.expressions())) and open_to(catalog, table, policy, verb):
            message = f"policy {policy.name!r} on {table.name} names one account"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", f"{policy.using}|{policy.check}")
