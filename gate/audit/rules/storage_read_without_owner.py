"""A storage policy lets users read private files of others.

The bucket is private, and the policy asks only which bucket it is: everyone who passes lists and downloads everybody's files.

```sql
insert into storage.buckets (id, name) values ('invoices', 'invoices');
create policy see on storage.objects for select to authenticated using (bucket_id = 'invoices');  -- flagged
```

```sql
insert into storage.buckets (id, name) values ('invoices', 'invoices');
create policy see on storage.objects for select to authenticated
  using (bucket_id = 'invoices' and (storage.foldername(name))[1] = (select auth.uid()::text));
```

That somebody is signed in says nothing about whose file it is.

```sql
insert into storage.buckets (id, name) values ('invoices', 'invoices');
create policy see on storage.objects for select using (bucket_id = 'invoices' and auth.role() = 'authenticated');  -- flagged
```

A function of the project that decides about the file by its name is believed.

```sql
insert into storage.buckets (id, name) values ('invoices', 'invoices');
create function public.is_shared(file text) returns boolean language sql stable as $$ select file like 'shared/%' $$;
create policy see on storage.objects for select to authenticated using (bucket_id = 'invoices' and public.is_shared(name));
```

The files of a public bucket are served to everyone anyway.

```sql
insert into storage.buckets (id, name, public) values ('logos', 'logos', true);
create policy see on storage.objects for select using (bucket_id = 'logos');
```

To mend it: add `and (storage.foldername(name))[1] = (select auth.uid()::text)` to the condition.

Peers: none; RLSGuard and supashield in part
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import bound, helpers, names, open_to
from gate.audit.remedies import FOLDER, bound_to
from gate.finding import Hit, Severity
from gate.rule import rule

LITERAL = re.compile(r"'([^']*)'")


@rule(Severity.ERROR)
def storage_read_without_owner(catalog: Catalog) -> Iterator[Hit]:
    """Read policies on storage.objects that reach a bucket known to be private and look at no caller."""
    table = catalog.tables[Name("storage", "objects")]
    known = helpers(catalog)
    for policy in table.policies.values():
        if policy.command != "select" or not policy.permissive or bound(known, policy.using_node):
            continue
        if any(catalog.tables[one].rls for one in policy.relations if one in catalog.tables):
            continue  # the other table's own policies show only what the caller may see
        if any(one not in catalog.platform and one.schema != "pg_catalog" for one in policy.calls):
            continue  # a function of the project decides about the file
        who = open_to(catalog, table, policy, "SELECT")
        words = set(LITERAL.findall(policy.using))
        private = [one.id for one in catalog.buckets.values() if not one.public and one.id in words]
        if not re.search(r"\bbucket_id\b", policy.using):
            private = [one.id for one in catalog.buckets.values() if not one.public]
        if who and private:
            message = f"policy {policy.name!r} lets {names(who)} read all files of the private bucket {private[0]!r}"
            remedy = bound_to(policy, FOLDER)
            yield Hit(policy.place, message, f"storage.objects policy {policy.name}", policy.using, remedy=remedy)
