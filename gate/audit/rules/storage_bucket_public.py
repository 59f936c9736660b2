"""A bucket is public.

Its files are served by address, with no policy asked: whoever has or guesses the address has the file. That suits a site's
logos, and not what users upload.

```sql
insert into storage.buckets (id, name, public) values ('uploads', 'uploads', true);  -- flagged
```

```sql
insert into storage.buckets (id, name, public) values ('uploads', 'uploads', false);
```

```sql
insert into storage.buckets (id, name, public) values ('logos', 'logos', true);
update storage.buckets set public = false where id = 'logos';
```

To mend it: `update storage.buckets set public = false where id = 'uploads';` and signed addresses.
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def storage_bucket_public(catalog: Catalog) -> Iterator[Hit]:
    """Buckets that end up public."""
    for bucket in catalog.buckets.values():
        if bucket.public:
            yield Hit(
                bucket.place,
                f"bucket {bucket.id!r} is public: its files are served to anyone with the address",
                f"bucket {bucket.id}",
            )
