"""A storage policy lets users write files of others.

Anyone who passes overwrites or deletes other people's files, or fills their folders.

```sql
insert into storage.buckets (id, name) values ('uploads', 'uploads');
create policy up on storage.objects for insert to authenticated with check (bucket_id = 'uploads');  -- flagged
```

```sql
insert into storage.buckets (id, name) values ('uploads', 'uploads');
create policy up on storage.objects for insert to authenticated
  with check (bucket_id = 'uploads' and (storage.foldername(name))[1] = (select auth.uid()::text));
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

To mend it: add `and (storage.foldername(name))[1] = (select auth.uid()::text)`.
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import checks_caller, helpers, names, open_to
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def storage_policy_without_owner(catalog: Catalog) -> Iterator[Hit]:
    """Write policies on storage.objects that do not look at the caller."""
    table = catalog.tables[Name("storage", "objects")]
    known = helpers(catalog)
    for policy in table.policies.values():
        text = policy.using + policy.check
        if policy.command == "select" or not policy.permissive or checks_caller(known, text):
            continue
        if any(catalog.tables[one].rls for one in policy.relations if one in catalog.tables):
            continue  # the other table's own policies show only what the caller may see
        verb = "insert" if policy.command == "all" else policy.command
        who = open_to(catalog, table, policy, verb.upper())
        if who:
            message = f"policy {policy.name!r} lets {names(who)} {verb} files in anyone's folder"
            yield Hit(policy.place, message, f"storage.objects policy {policy.name}", text)
