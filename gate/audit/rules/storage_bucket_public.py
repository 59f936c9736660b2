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

A bucket whose name says that its files are made to be seen (avatars, logos, covers, assets) is only noted.

To mend it: `update storage.buckets set public = false where id = 'uploads';` and signed addresses.

Peers: supashield; rlsgate
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.remedies import private_bucket
from gate.finding import Hit, Severity
from gate.rule import rule

SHOWN = re.compile(r"avatar|logo|icon|brand|banner|cover|thumb|asset|public", re.IGNORECASE)  # made to be seen


@rule(Severity.WARNING)
def storage_bucket_public(catalog: Catalog) -> Iterator[Hit]:
    """Buckets that end up public."""
    for bucket in catalog.buckets.values():
        if bucket.public:
            message = f"bucket {bucket.id!r} is public: its files are served to anyone with the address"
            severity = Severity.NOTE if SHOWN.search(bucket.id) else None
            remedy = None if severity else private_bucket(bucket.id)
            yield Hit(bucket.place, message, f"bucket {bucket.id}", severity=severity, remedy=remedy)
