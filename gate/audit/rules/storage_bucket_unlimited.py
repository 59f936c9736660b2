"""A public bucket takes files of any kind and size from users.

Its address serves what they upload: a page with a form that asks for a password, a program, a film. The project's name stands in
the address, and its account pays for the traffic.

```sql
insert into storage.buckets (id, name, public) values ('uploads', 'uploads', true);  -- flagged
create policy up on storage.objects for insert to authenticated
  with check (bucket_id = 'uploads' and (storage.foldername(name))[1] = (select auth.uid()::text));
```

```sql
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
  values ('uploads', 'uploads', true, 5000000, array['image/png', 'image/jpeg']);
create policy up on storage.objects for insert to authenticated
  with check (bucket_id = 'uploads' and (storage.foldername(name))[1] = (select auth.uid()::text));
```

A bucket that only the server fills needs no limit.

```sql
insert into storage.buckets (id, name, public) values ('logos', 'logos', true);
```

To mend it: `update storage.buckets set file_size_limit = 5000000, allowed_mime_types = array['image/png'] where id = 'uploads';`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Bucket, Catalog, Name
from gate.audit.meaning import counted, open_to
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def storage_bucket_unlimited(catalog: Catalog) -> Iterator[Hit]:
    """Public buckets that users may write to and that take any kind of file; one finding for all of them."""
    table = catalog.tables[Name("storage", "objects")]
    written = [
        f"{policy.using} {policy.check}"
        for policy in table.policies.values()
        if policy.permissive and policy.covers("insert") and open_to(catalog, table, policy, "INSERT")
    ]
    found: list[Bucket] = [
        bucket
        for bucket in catalog.buckets.values()
        if bucket.public and not bucket.typed and any(f"'{bucket.id}'" in text for text in written)
    ]
    if found:
        which = counted([repr(one.id) for one in found])
        take = "takes" if len(found) == 1 else "take"
        size = "any kind and size" if not any(one.limited for one in found) else "any kind"
        message = f"the public bucket{'' if len(found) == 1 else 's'} {which} {take} files of {size} from users"
        yield Hit(found[0].place, message, f"buckets {' '.join(sorted(one.id for one in found))}")
