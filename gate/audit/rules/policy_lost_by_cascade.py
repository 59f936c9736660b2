"""A DROP ... CASCADE took a policy along, and it was never made again.

The statement names a function, a column, a type or a table. What it silently removes is the protection of another: a
restrictive policy that is gone leaves everything open that it forbade, a permissive one locks its users out.

```sql
create table public.notes (id uuid primary key, user_id uuid, hidden boolean);
alter table public.notes enable row level security;
create function public.mine(who uuid) returns boolean language sql stable as 'select who = auth.uid()';
create policy own on public.notes for select using (public.mine(user_id));
drop function public.mine(uuid) cascade;  -- flagged
grant select on public.notes to authenticated;
```

A policy that is made again is not lost, and one that went with its own table is not missed.

```sql
create table public.notes (id uuid primary key, user_id uuid, hidden boolean);
alter table public.notes enable row level security;
create function public.mine(who uuid) returns boolean language sql stable as 'select who = auth.uid()';
create policy own on public.notes for select using (public.mine(user_id));
drop function public.mine(uuid) cascade;
create policy own on public.notes for select using (user_id = auth.uid());
create table public.drafts (id uuid primary key, user_id uuid);
alter table public.drafts enable row level security;
create policy own on public.drafts for select using (user_id = auth.uid());
alter table public.drafts drop column user_id cascade;
drop table public.drafts;
grant select on public.notes to authenticated;
```

Neither is one whose work another policy does by now.

```sql
create table public.notes (id uuid primary key, user_id uuid, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select using (user_id = auth.uid());
alter table public.notes drop column user_id cascade;
create policy by_owner on public.notes for select using (owner = auth.uid());
grant select on public.notes to authenticated;
```

To mend it: make the policy again, as in `create policy own on public.notes for select using (user_id = auth.uid());`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Lost
from gate.audit.meaning import missed
from gate.finding import Hit, Severity, Span
from gate.rule import rule


@rule(Severity.WARNING)
def policy_lost_by_cascade(catalog: Catalog) -> Iterator[Hit]:
    """Policies that went with what they used and that nothing replaces, one finding per statement and cause."""
    found: dict[tuple[Span, str], list[Lost]] = {}
    for lost in catalog.lost:
        if missed(catalog, lost):
            found.setdefault((lost.place, lost.cause), []).append(lost)
    for (place, cause), several in found.items():
        first = next((one for one in several if not one.policy.permissive), several[0]).policy
        kind = "" if first.permissive else "restrictive "
        more = f" and {len(several) - 1} more" if len(several) > 1 else ""
        message = f"{kind}policy {first.name!r} on {first.table}{more} went with {cause} by CASCADE"
        yield Hit(place, message, f"{first.table} policy {first.name}")
