"""A policy gives rights to whoever has an e-mail address of some domain.

A pattern that leaves its end open holds for `eve@example.com.evil.io` as well: anyone registers such a domain and is a colleague.

```sql
create table public.reports (id uuid primary key, body text);
alter table public.reports enable row level security;
create policy staff on public.reports for select using (auth.jwt() ->> 'email' like '%@example.com%');  -- flagged
grant select on public.reports to authenticated;
```

A pattern that ends with the domain rests on one thing more: that no address counts before it was confirmed. That is a setting of
the platform, so this is a note.

```sql
create table public.reports (id uuid primary key, body text);
alter table public.reports enable row level security;
create policy staff on public.reports for select using (auth.jwt() ->> 'email' like '%@example.com');  -- flagged
grant select on public.reports to authenticated;
```

```sql
create table public.reports (id uuid primary key, body text);
alter table public.reports enable row level security;
create policy staff on public.reports for select using (auth.jwt() -> 'app_metadata' ->> 'company' = 'example');
grant select on public.reports to authenticated;
```

To mend it: `alter policy staff on public.reports using (auth.jwt() -> 'app_metadata' ->> 'company' = 'example');`, which only the
server writes.

Peers: none; pgrls SEC034 for any use of the address
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import open_to
from gate.audit.replay.patterns import domains
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_trusts_email_domain(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies within reach that match the caller's address with a constant pattern."""
    for table, policy in catalog.policies():
        verb = "SELECT" if policy.command == "all" else policy.command.upper()
        if "email" not in policy.using + policy.check or not (policy.permissive and table.rls):
            continue
        if not open_to(catalog, table, policy, verb):
            continue
        found = [
            one for node in policy.expressions() for one in domains(node) if "@" in one.pattern or "." in one.pattern
        ]
        if found:
            loose = next((one for one in found if one.open_ended), None)
            shown = loose or found[0]
            how = "which holds for any longer domain too" if loose else "confirmed or not"
            message = f"policy {policy.name!r} on {table.name} trusts addresses like {shown.pattern!r}, {how}"
            severity = None if loose else Severity.NOTE
            text = f"{policy.using}|{policy.check}"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, severity)
