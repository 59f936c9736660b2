"""A storage policy lets users write files of others.

Anyone who passes overwrites or deletes other people's files, or fills their folders.

```sql
insert into storage.buckets (id, name) values ('uploads', 'uploads');
create policy up on storage.objects for all to authenticated using (bucket_id = 'uploads');  -- flagged
```

```sql
insert into storage.buckets (id, name) values ('uploads', 'uploads');
create policy up on storage.objects for insert to authenticated
  with check (bucket_id = 'uploads' and (storage.foldername(name))[1] = (select auth.uid()::text));
```

That somebody is signed in says nothing about whose file it is.

```sql
insert into storage.buckets (id, name) values ('uploads', 'uploads');
create policy up on storage.objects for insert with check (bucket_id = 'uploads' and auth.role() = 'authenticated');  -- flagged
```

Reading a public bucket is another question.

```sql
insert into storage.buckets (id, name, public) values ('logos', 'logos', true);
create policy see on storage.objects for select using (bucket_id = 'logos');
```

A function that asks who is calling, or a row of another table that the caller may see, binds the file as well.

```sql
create table public.teams (id uuid primary key, member uuid);
alter table public.teams enable row level security;
create policy own on public.teams for select using (member = auth.uid());
create function public.in_team(team uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.teams where id = team and member = auth.uid()) $$;
create policy through on storage.objects for delete to authenticated
  using (bucket_id = 'uploads' and public.in_team((storage.foldername(name))[1]::uuid));
create policy joined on storage.objects for update to authenticated
  using (exists (select 1 from public.teams where teams.id::text = (storage.foldername(name))[1]));
```

Policies that differ in the command alone are one finding, at the first of them.

```sql
create policy up on storage.objects for insert to authenticated with check (bucket_id = 'uploads');  -- flagged
create policy change on storage.objects for update to authenticated using (bucket_id = 'uploads');
create policy remove on storage.objects for delete to authenticated using (bucket_id = 'uploads');
```

Where an account may only add files, nobody's file is overwritten or lost, and a full bucket is what can happen: a warning.

To mend it: add `and (storage.foldername(name))[1] = (select auth.uid()::text)`.

Peers: none; RLSGuard and supashield in part
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name, Policy
from gate.audit.meaning import any_signed_in, bound, helpers, listed, names, open_to, told
from gate.audit.remedies import FOLDER, bound_to
from gate.audit.replay.conditions import demands
from gate.audit.replay.parser import expression
from gate.finding import Hit, Severity
from gate.rule import rule

VERBS = {"insert": "add", "update": "change", "delete": "delete"}
BUCKET = re.compile(r"\bbucket_id\s*=\s*'([^']+)'")


@rule(Severity.ERROR)
def storage_policy_without_owner(catalog: Catalog) -> Iterator[Hit]:
    """Write policies on storage.objects that do not look at the caller, one finding per condition and audience."""
    table = catalog.tables[Name("storage", "objects")]
    known = helpers(catalog)
    found: dict[tuple[str, str], list[Policy]] = {}
    for policy in table.policies.values():
        if policy.command == "select" or not policy.permissive:
            continue
        if any(bound(known, node) for node in policy.expressions()):
            continue
        if any(catalog.tables[one].rls for one in policy.relations if one in catalog.tables):
            continue  # the other table's own policies show only what the caller may see
        who = open_to(catalog, table, policy, "INSERT" if policy.command == "all" else policy.command.upper())
        if who:
            audience = "any signed-in user" if _asks_to_be_signed_in(policy) else names(who)
            found.setdefault((policy.using or policy.check, audience), []).append(policy)
    for (text, audience), policies in found.items():
        verbs = [verb for verb in VERBS if any(one.covers(verb) for one in policies)]
        bucket = BUCKET.search(text)
        where = f"bucket {bucket.group(1)!r}" if bucket else "any bucket"
        message = (
            f"{told(policies)} {audience} {listed([VERBS[one] for one in verbs])} files in anyone's folder of {where}"
        )
        severity = Severity.WARNING if verbs == ["insert"] and audience != "anyone" else None
        remedy = "\n".join(bound_to(policy, FOLDER) for policy in policies)
        subject = f"storage.objects policy {policies[0].name}"
        yield Hit(policies[0].place, message, subject, text, severity, remedy=remedy)


def _asks_to_be_signed_in(policy: Policy) -> bool:
    return any(any_signed_in(expression(one)) for node in policy.expressions() for one in demands(node))
