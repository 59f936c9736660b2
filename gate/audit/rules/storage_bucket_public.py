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

Several buckets are one finding, a warning. One whose name says that its files are made to be seen (avatars, logos, covers, assets)
is only noted, and one whose name says that they are private is an error.

```sql
insert into storage.buckets (id, name, public) values ('uploads', 'uploads', true);  -- flagged
insert into storage.buckets (id, name, public) values ('photos', 'photos', true);
insert into storage.buckets (id, name, public) values ('contracts', 'contracts', true);  -- flagged
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);  -- flagged
```

To mend it: `update storage.buckets set public = false where id = 'uploads';` and signed addresses.

Peers: supashield; rlsgate
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Bucket, Catalog
from gate.audit.meaning import counted
from gate.audit.remedies import private_bucket
from gate.finding import Hit, Severity
from gate.rule import rule

# made to be seen
SHOWN = re.compile(
    r"avatar|logo|icon|brand|banner|cover|thumb|asset|public|poster|blog|profile|account_image", re.IGNORECASE
)


PRIVATE = re.compile(
    r"private|secret|confidential|invoice|receipt|contract|passport|kyc|identity|id_card|medical|health|payslip|tax|backup",
    re.IGNORECASE,
)
SEVERITIES = {"private": None, "other": Severity.WARNING, "shown": Severity.NOTE}
SUBJECTS = {
    "private": "public buckets, private by their names",
    "other": "public buckets",
    "shown": "public buckets, made to be seen",
}


@rule(Severity.ERROR)
def storage_bucket_public(catalog: Catalog) -> Iterator[Hit]:
    """Buckets that end up public: one finding for those made to be seen, one for those called private, one for the others."""
    found: dict[str, list[Bucket]] = {}
    for bucket in catalog.buckets.values():
        if bucket.public:
            shown = "shown" if SHOWN.search(bucket.id) else "other"
            found.setdefault("private" if PRIVATE.search(bucket.id) else shown, []).append(bucket)
    for kind, buckets in found.items():
        which = counted([repr(one.id) for one in buckets])
        plural = len(buckets) > 1
        message = (
            f"{'buckets' if plural else 'bucket'} {which} {'are' if plural else 'is'} public: "
            f"{'their' if plural else 'its'} files are served to anyone with the address"
        )
        remedy = None if kind == "shown" else "\n".join(private_bucket(one.id) for one in buckets)
        yield Hit(buckets[0].place, message, SUBJECTS[kind], severity=SEVERITIES[kind], remedy=remedy)
