"""A migration that is released was edited or deleted.

A database that has it never applies it again: what the edit adds never arrives there, and what it takes away stays. The files and the
database say different things from then on, and `supabase db push` refuses to go on where a file is missing.

```sql
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key);
-- since
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key, owner uuid);  -- flagged
```

```sql
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key);  -- flagged
-- since
-- deleted: 20260101_notes.sql
-- file: 20260201_all.sql
create table public.notes (id uuid primary key);
```

Comments and blanks change nothing, and what is new may still be changed.

```sql
-- file: 20260101_notes.sql
create table public.notes (id uuid primary key);
-- since
-- file: 20260101_notes.sql
-- who wrote what
create table public.notes (id   uuid primary key);
-- file: 20260201_owner.sql
alter table public.notes add column owner uuid;
```

To mend it: bring the released file back (`git checkout v1.4.0 -- supabase/migrations`), and write a new migration.

Peers: none
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from gate.audit.catalog import Catalog
from gate.audit.meaning import counted
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def released_migration_changed(catalog: Catalog) -> Iterator[Hit]:
    """One finding for all edited files, a warning at the first statement that differs, and one for all that are gone."""
    release = catalog.release
    if release is None:
        return
    if release.edited:
        first = release.edited[0]
        names = [PurePosixPath(one.place.path).name for one in release.edited]
        was = "were" if len(names) > 1 else "was"
        message = (
            f"{counted([*map(repr, names)])} {was} edited after {release.since}: a database that has it never sees this"
        )
        yield Hit(first.place, message, f"edited {' '.join(names)}", first.text, Severity.WARNING)
    if release.gone:
        names = [PurePosixPath(one.place.path).name for one in release.gone]
        verb = "are" if len(names) > 1 else "is"
        message = f"{counted([*map(repr, names)])} of {release.since} {verb} gone: the platform's tool stops there"
        yield Hit(release.gone[0].place, message, f"gone {' '.join(names)}")
