"""A policy believes `user_metadata`, which users write themselves.

A user writes `{"role": "admin"}` into the own metadata and passes.

```sql
create table public.reports (id uuid primary key);
alter table public.reports enable row level security;
create policy admins on public.reports for select using ((auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');  -- flagged
grant select on public.reports to authenticated;
```

A function in between changes nothing.

```sql
create table public.reports (id uuid primary key);
alter table public.reports enable row level security;
create function public.is_admin() returns boolean language sql stable set search_path = '' as $$
  select coalesce(auth.jwt() -> 'user_metadata' ->> 'role', '') = 'admin' $$;
create policy admins on public.reports for select using (public.is_admin());  -- flagged
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

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import plain
from gate.finding import Hit, Severity
from gate.rule import rule

READ = re.compile(r"\b(raw_)?user_meta_?data\b", re.IGNORECASE)


@rule(Severity.ERROR)
def policy_trusts_user_metadata(catalog: Catalog) -> Iterator[Hit]:
    """Conditions that read the user's own metadata, themselves or in a function that they call."""
    reading = {
        function.name: function.signature
        for function in catalog.functions.values()
        if function.returns != "trigger" and READ.search(plain(function.body))
    }
    for table, policy in catalog.policies():
        text = policy.using + policy.check
        through = next((reading[name] for name in sorted(policy.calls) if name in reading), None)
        if (READ.search(text) or through) and table.name not in catalog.platform:
            how = f" through {through}" if through and not READ.search(text) else ""
            message = f"policy {policy.name!r} on {table.name} trusts user_metadata{how}, which every user can edit"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text)
