"""A new migration drops a column with its values.

The values are gone, and the version of the app that still runs during the deploy fails on every query that names the column.

```sql
create table public.notes (id uuid primary key, body text, title text);
-- since
alter table public.notes drop column title;  -- flagged
```

Where its values were copied before, only the running app is in danger: a warning.

```sql
create table public.notes (id uuid primary key, body text, title text);
-- since
alter table public.notes add column heading text;
update public.notes set heading = title where title is not null;
alter table public.notes drop column title;  -- flagged
```

Columns of one table that one file drops are one finding.

```sql
create table public.notes (id uuid primary key, body text, title text, lang text);
-- since
alter table public.notes drop column title;  -- flagged
alter table public.notes drop column lang;
```

A column of the same release is not in use, and one that is computed holds nothing of its own.

```sql
create table public.notes (id uuid primary key, body text, words int generated always as (length(body)) stored);
-- since
alter table public.notes add column title text;
alter table public.notes drop column title;
alter table public.notes drop column words;
alter table public.notes drop column if exists never_there;
```

To mend it: let the app stop using the column, release that, and drop it in the release after it.

Peers: squawk ban-drop-column; pgls banDropColumn
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import counted
from gate.audit.release import Change, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def drop_column(catalog: Catalog) -> Iterator[Hit]:
    """Columns in use that a newer migration drops, one finding per table and file."""
    found: dict[tuple[Name, str, bool], list[Change]] = {}
    for change in in_use(catalog, "drop column"):
        assert catalog.release
        table = catalog.release.base.tables.get(change.name)
        column = table.columns.get(change.part) if table else None
        if column and column.kind == "generated":
            continue
        copies = (one for one in catalog.release.before(change, "copy rows") if one.other == change.name)
        kept = any({change.part, "*"} & set(one.columns) for one in copies)
        found.setdefault((change.name, change.place.path, kept), []).append(change)
    for (name, _, kept), changes in found.items():
        first = changes[0]
        columns = counted([repr(one.part) for one in changes])
        several = len(changes) > 1
        values = "their values" if several else "its values"
        rest = f"; {values} were read before, but the running app still asks for {'them' if several else 'it'}"
        dropped = f"column{'s' if several else ''} {columns} of {name} {'are' if several else 'is'} dropped"
        message = f"{dropped}{rest if kept else f' with {values}'}{first.where}"
        yield Hit(first.place, message, first.what, first.text, Severity.WARNING if kept else None)
