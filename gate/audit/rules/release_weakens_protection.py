"""A new migration takes protection away from what is in use.

What it was before and what it is now are told for each table, view, function and bucket, at the statement that did it. That a state is
open at all is said by the rules of its own; this one says that this release opened it.

```sql
create table public.notes (id uuid primary key, owner uuid, hidden boolean);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = auth.uid() and not hidden);
create policy live on public.notes as restrictive for select to authenticated using (auth.uid() is not null);
grant select on public.notes to authenticated;
-- since
alter policy own on public.notes using (owner = auth.uid());  -- flagged
```

A floor that is gone, rights that a function or view gained, a bucket that was private: warnings, or errors where only the comparison
shows it.

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = auth.uid());
create policy floor on public.notes as restrictive for select to authenticated using (owner is not null);
grant select on public.notes to authenticated;
create view public.mine with (security_invoker = on) as select id from public.notes;
grant select on public.mine to authenticated;
create function public.total() returns bigint language sql set search_path = '' as 'select count(*) from public.notes';
grant execute on function public.total() to authenticated;
insert into storage.buckets (id, name, public) values ('papers', 'papers', false);
-- since
drop policy floor on public.notes;  -- flagged
create or replace view public.mine as select id from public.notes;  -- flagged
alter function public.total() security definer;  -- flagged
update storage.buckets set public = true where id = 'papers';  -- flagged
```

```sql
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
grant select on public.notes to anon, authenticated;
create table public.logs (id uuid primary key, body text);
revoke all on public.logs from public, anon, authenticated;
-- since
alter table public.notes disable row level security;  -- flagged
grant select on public.logs to anon;  -- flagged
```

Equal or stricter conditions under any name, a new command with a test of the owner, a replacement that says everything again, and what
the release made itself.

```sql
create table public.notes (id uuid primary key, owner uuid, team uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = auth.uid());
create policy floor on public.notes as restrictive for select to authenticated using (owner is not null);
grant select, insert on public.notes to authenticated;
create view public.mine with (security_invoker = on) as select id from public.notes;
grant select on public.mine to authenticated;
-- since
drop policy own on public.notes;
create policy only_own on public.notes for select to authenticated using (owner = auth.uid() and team is not null);
create policy add on public.notes for insert to authenticated with check (owner = auth.uid());
alter policy floor on public.notes using (owner is not null and team is not null);
drop view public.mine;
create view public.mine with (security_invoker = on) as select id, team from public.notes;
grant select on public.mine to authenticated;
create table public.faq (id uuid primary key, body text);
alter table public.faq enable row level security;
create policy see on public.faq for select using (true);
grant select on public.faq to anon;
```

To mend it: say again what the statement left out, or bring the condition back.

Peers: none; squawk ban-alter-policy-condition, ban-drop-policy and their kin object to every such statement
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import afterwards
from gate.audit.weakened import Loss, losses
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def release_weakens_protection(catalog: Catalog) -> Iterator[Hit]:
    """One finding per object and statement, with everything it lost there."""
    if catalog.release is None:
        return
    found: dict[tuple[str, str], list[Loss]] = {}
    for loss in losses(catalog.release, afterwards(catalog)):
        found.setdefault((loss.object, str(loss.place)), []).append(loss)
    for (name, _), several in found.items():
        words = "; ".join(dict.fromkeys(one.words for one in several))
        severity = max((one.severity for one in several), key=lambda one: one.rank)
        yield Hit(several[0].place, f"{name}: {words}", name, words, severity)
