"""A migration's file name is none that the platform's tool applies.

The tool takes files called like `20260101120000_name.sql` and skips all others: what the file protects is protected only where
somebody ran it by hand. The audit judges as if it had been applied.

```sql
-- file: 20260101120000_notes.sql
create table public.notes (id uuid primary key);
-- file: protect_notes.sql
alter table public.notes enable row level security;  -- flagged
```

```sql
-- file: 20260101120000_notes.sql
create table public.notes (id uuid primary key);
-- file: 20260101130000_protect_notes.sql
alter table public.notes enable row level security;
```

To mend it, rename the file to a version and a name, as in `20260101130000_protect_notes.sql`.

Peers: none
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule

NAMED = re.compile(r"^\d+_.*\.sql$")


@rule(Severity.NOTE)
def migration_file_skipped(catalog: Catalog) -> Iterator[Hit]:
    """One finding for all such files, at the first of them."""
    found = [(path, place) for path, place in catalog.files if not NAMED.match(PurePosixPath(path).name)]
    if found:
        names = [PurePosixPath(path).name for path, _ in found]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        message = f"the platform's tool skips {names[0]!r}{more}: the name is not digits, an underscore and a name"
        yield Hit(found[0][1], message, "file names", " ".join(names))
