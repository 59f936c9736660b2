"""A new migration builds an index while nobody can write to the table.

CREATE INDEX holds a lock until the whole table has been read, and the migration's transaction until it ends. On a table with many
rows every insert and update of the app waits, and times out.

```sql
create table public.notes (id uuid primary key, owner uuid);
-- since
create index on public.notes (owner);  -- flagged
```

```sql
create table public.notes (id uuid primary key, owner uuid);
create index by_owner on public.notes (owner);
-- since
reindex table public.notes;  -- flagged
create table public.drafts (id uuid primary key, owner uuid);
create index on public.drafts (owner);
create index if not exists by_owner on public.notes (owner);
```

CONCURRENTLY takes longer and stops nobody. The platform's tool runs such a statement by itself, outside of the file's transaction, so
let the file hold nothing else.

```sql
create table public.notes (id uuid primary key, owner uuid);
-- since
create index concurrently by_owner on public.notes (owner);
```

To mend it: `create index concurrently` in a migration of its own. If it fails half-way it leaves an invalid index: drop that first.

Peers: squawk require-concurrent-index-creation, require-concurrent-reindex; pgls requireConcurrentIndexCreation
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.locks import ALONE, single
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule

CREATE = re.compile(r"^\s*create(\s+unique)?\s+index\s+(?!concurrently)", re.IGNORECASE)


@rule(Severity.WARNING)
def index_without_concurrently(catalog: Catalog) -> Iterator[Hit]:
    """Indexes that newer migrations build on tables in use; one finding per table and file."""
    told = set()
    for change in in_use(catalog, "create index", "reindex"):
        if "concurrently" in change.words or (change.name, change.place.path) in told:
            continue
        told.add((change.name, change.place.path))
        begins = CREATE.match(change.text)
        remedy = None
        if begins and single(catalog, change):
            unique = begins.group(1) or ""
            remedy = f"{ALONE}\ncreate{unique} index concurrently {change.text[begins.end() :].rstrip().rstrip(';')};"
        name = f" {change.part!r}" if change.part else ""
        message = f"while index{name} of {change.name} is built, nobody can write to the table{change.where}"
        yield Hit(change.place, message, change.what, change.text, remedy=remedy)
