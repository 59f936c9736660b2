"""Two indexes of a table are the same.

Every write keeps both, and no query needs the second.

```sql
create table public.notes (id uuid primary key, owner uuid, slug text unique);
create index by_owner on public.notes (owner);
create index notes_owner on public.notes (owner);  -- flagged
alter table public.notes enable row level security;
```

```sql
create table public.notes (id uuid primary key, owner uuid, slug text unique, body text);
create index by_owner on public.notes (owner);
create index by_owner_and_slug on public.notes (owner, slug);
create index newest on public.notes (owner desc);
create index written on public.notes (owner) where body is not null;
create index by_hash on public.notes using hash (owner);
alter table public.notes enable row level security;
```

One finding tells of all of them.

To mend it: `drop index public.notes_owner;`

Peers: splinter 0009
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Index, Name
from gate.audit.meaning import counted
from gate.audit.quoting import spelled
from gate.audit.remedies import pasted
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def duplicate_index(catalog: Catalog) -> Iterator[Hit]:
    """Plain indexes that another index of the same columns, order and kind makes superfluous; one finding for the project."""
    seen: dict[tuple[Name, str, str], list[tuple[Name, Index]]] = {}
    for name, index in catalog.indexes.items():
        seen.setdefault((index.table, index.details or _plain(index), index.where), []).append((name, index))
    found = []
    for several in seen.values():
        plain = [name for name, index in several if not index.unique and index.place]
        found += plain if len(plain) < len(several) else plain[1:]
    if found:
        verb = (
            "is the same as another index of its table"
            if len(found) == 1
            else "are the same as other indexes of their tables"
        )
        lines = [f"drop index {spelled(name)};" for name in found]
        place = catalog.indexes[found[0]].place
        assert place
        yield Hit(place, f"{counted([str(name) for name in found])} {verb}", "indexes", remedy=pasted(lines))


def _plain(index: Index) -> str:
    """How the index of a constraint would be written."""
    return f"btree {', '.join(f'{one} SORTBY_DEFAULT SORTBY_NULLS_DEFAULT' for one in index.columns)}"
