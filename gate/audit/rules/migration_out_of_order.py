"""A new migration sorts before one that is released.

`supabase db push` refuses it without --include-all. A database that has the later one applies it last, one that is built from the files
applies it in between: they may end up different.

```sql
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key);
-- file: 20260301_owner.sql
alter table public.notes add column owner uuid;
-- since
-- file: 20260201_title.sql
alter table public.notes add column title text;  -- flagged
```

```sql
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key);
-- since
-- file: 20260201_title.sql
alter table public.notes add column title text;
```

To mend it: give the file a version behind the last one (`supabase migration new` takes the time of now).

Peers: none
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from gate.audit.catalog import Catalog
from gate.audit.since import version
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def migration_out_of_order(catalog: Catalog) -> Iterator[Hit]:
    """One finding for all newer files that sort before the last released one."""
    release = catalog.release
    if release is None or not release.latest:
        return
    latest = PurePosixPath(release.latest).name
    names = {path: PurePosixPath(path).name for path, _ in catalog.files}
    late = [
        place
        for path, place in catalog.files
        if path in release.files and names[path] < latest and version(path).isdigit()
    ]
    if late:
        more = f" and {len(late) - 1} more" if len(late) > 1 else ""
        name = PurePosixPath(late[0].path).name
        yield Hit(
            late[0], f"{name!r}{more} sorts before {latest!r}, which {release.since} has already", f"order {name}"
        )
