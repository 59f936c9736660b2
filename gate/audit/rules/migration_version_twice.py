"""Two migrations have the same version.

The platform's tool remembers a migration by the digits before the first underscore. It applies one of the two, and then fails
on the other or takes it for applied: what that one protects may be missing.

```sql
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key);
-- file: 20260101_protect.sql
alter table public.notes enable row level security;  -- flagged
```

```sql
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key);
-- file: 20260102_notes.sql
alter table public.notes enable row level security;
```

Several such versions are one finding, at the first.

```sql
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key);
-- file: 20260101_protect.sql
alter table public.notes enable row level security;  -- flagged
-- file: 20260102_letters.sql
create table public.letters (id uuid primary key);
-- file: 20260102_protect.sql
alter table public.letters enable row level security;
```

To mend it, give the later file a version of its own, and tell a database that has it already:

    supabase migration repair --status applied 20260102

Peers: none
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule

VERSION = re.compile(r"^(\d+)_.*\.sql$")


@rule(Severity.NOTE)
def migration_version_twice(catalog: Catalog) -> Iterator[Hit]:
    """One finding for the versions that several files have, at the second file of the first of them."""
    found: dict[str, list[int]] = {}
    for number, (path, _) in enumerate(catalog.files):
        match = VERSION.match(PurePosixPath(path).name)
        if match:
            found.setdefault(match.group(1), []).append(number)
    twice = [(version, files) for version, files in found.items() if len(files) > 1]
    for version, files in twice[:1]:
        first, second = (PurePosixPath(catalog.files[number][0]).name for number in files[:2])
        more = f", and {len(twice) - 1} more versions are taken twice" if len(twice) > 1 else ""
        message = (
            f"{second!r} has the version {version} of {first!r}: the platform's tool applies only one of them{more}"
        )
        yield Hit(catalog.files[files[1]][1], message, "versions")
