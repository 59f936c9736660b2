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

To mend it: add `and (storage.foldername(name))[1] = (select auth.uid()::text)`.
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import asks_caller, names, open_to
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def storage_policy_without_owner(catalog: Catalog) -> Iterator[Hit]:
    """Write policies on storage.objects that do not look at the caller."""
    table = catalog.tables[Name("storage", "objects")]
    for policy in table.policies.values():
        if policy.command == "select" or not policy.permissive or asks_caller(policy.using + policy.check):
            continue
        verb = "insert" if policy.command == "all" else policy.command
        who = open_to(catalog, table, policy, verb.upper())
        if who and "auth." not in policy.using + policy.check:
            message = f"policy {policy.name!r} lets {names(who)} {verb} files in anyone's folder"
            yield Hit(policy.place, message, f"storage.objects policy {policy.name}", policy.using + policy.check)
