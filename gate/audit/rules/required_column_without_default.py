"""A new migration adds a required column that has no value for the rows that are there.

Postgres refuses it as soon as the table holds a row: it passes on an empty database and fails in production, half-way through the
deploy.

```sql
create table public.notes (id uuid primary key);
-- since
alter table public.notes add column owner uuid not null;  -- flagged
```

```sql
create table public.notes (id uuid primary key);
-- since
alter table public.notes add column kind text not null default 'note';
alter table public.notes add column place int not null generated always as identity;
alter table public.notes add column owner uuid;
create table public.drafts (id uuid primary key);
alter table public.drafts add column owner uuid not null;
truncate public.notes;
alter table public.notes add column author uuid not null;
```

To mend it: add the column without NOT NULL, fill it, and make it required in the next migration.

Peers: squawk adding-required-field
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.locks import INSTEAD, single
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule

REQUIRED = re.compile(r"\s+not\s+null\b", re.IGNORECASE)


@rule(Severity.ERROR)
def required_column_without_default(catalog: Catalog) -> Iterator[Hit]:
    """NOT NULL columns without any default on tables in use that were not emptied before."""
    for change in in_use(catalog, "add column"):
        assert catalog.release
        given = change.words & {"default", "serial", "identity", "generated", "virtual"}
        emptied = any(one.name == change.name for one in catalog.release.before(change, "truncate", "delete every row"))
        if "not null" in change.words and not given and not emptied:
            message = (
                f"{change.part!r} is required, and the rows that {change.name} has get no value for it{change.where}"
            )
            text = REQUIRED.sub("", change.text, count=1).rstrip().rstrip(";")
            plain = single(catalog, change) and change.words == {"not null"}
            yield Hit(change.place, message, change.what, change.text, remedy=f"{INSTEAD}\n{text};" if plain else None)
