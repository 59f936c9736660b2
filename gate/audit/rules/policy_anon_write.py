"""Anyone may change or delete rows that meet a condition, without signing in.

The rows belong to nobody in particular, and the condition only looks at the row: whoever has the app's public key rewrites what
everybody else sees.

```sql
create table public.notices (id uuid primary key, body text, pinned boolean);
alter table public.notices enable row level security;
create policy edit on public.notices for all using (not pinned);  -- flagged
grant select, insert, update, delete on public.notices to anon, authenticated;
```

Those who are signed in may be meant to.

```sql
create table public.notices (id uuid primary key, body text, pinned boolean);
alter table public.notices enable row level security;
create policy edit on public.notices for all to authenticated using (not pinned);
create policy see on public.notices for select using (not pinned);
grant select, insert, update, delete on public.notices to anon, authenticated;
```

So may anyone be who fills in a form, under a condition that keeps it narrow.

```sql
create table public.requests (id uuid primary key, body text, status text);
alter table public.requests enable row level security;
create policy ask on public.requests for insert to anon with check (status = 'new');
grant insert on public.requests to anon;
```

This is also what is told as a policy for writing without roles: without TO it serves everyone.

To mend it: `alter policy edit on public.notices to authenticated;`

Peers: pgrls SEC003, SEC039; rlsautotest L017; rlsgate
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import helpers, open_to, personal
from gate.audit.remedies import altered
from gate.audit.ways import writing_ways
from gate.finding import Hit, Severity
from gate.rule import rule

DEEDS = {"update": "change", "delete": "delete"}


@rule(Severity.WARNING)
def policy_anon_write(catalog: Catalog) -> Iterator[Hit]:
    """Policies for writing that serve anon by what the row says, on tables without an owner."""
    known = helpers(catalog)
    for table, policy in catalog.policies():
        if table.name in catalog.platform or personal(catalog, table):
            continue
        for verb, way in writing_ways(catalog, known, table, policy):
            if not way.signed_in and "anon" in open_to(catalog, table, policy, verb.upper()):
                message = f"policy {policy.name!r} lets anyone {DEEDS[verb]} rows of {table.name} where {way.shown}"
                remedy = altered(policy, None, None, "authenticated")
                yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.using, remedy=remedy)
                break
