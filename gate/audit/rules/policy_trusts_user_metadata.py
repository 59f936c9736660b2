"""A policy believes `user_metadata`, which users write themselves.

A user writes `{"role": "admin"}` into the own metadata and passes.

```sql
create table public.reports (id uuid primary key);
alter table public.reports enable row level security;
create policy admins on public.reports for select using ((auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');  -- flagged
grant select on public.reports to authenticated;
```

`app_metadata` is written by the server.

```sql
create table public.reports (id uuid primary key);
alter table public.reports enable row level security;
create policy admins on public.reports for select using ((auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');
grant select on public.reports to authenticated;
```

To mend it: keep rights in `app_metadata` or in a table that users cannot write.

Peers: pgrls SEC033; splinter 0015
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_trusts_user_metadata(catalog: Catalog) -> Iterator[Hit]:
    """Conditions that read the user's own metadata."""
    for table, policy in catalog.policies():
        text = policy.using + policy.check
        if (
            "user_metadata" in text.replace("raw_user_meta_data", "user_metadata")
            and table.name not in catalog.platform
        ):
            message = f"policy {policy.name!r} on {table.name} trusts user_metadata, which every user can edit"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text)
