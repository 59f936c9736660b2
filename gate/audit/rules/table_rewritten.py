"""A new migration writes a whole table anew while nobody can use it.

A default that differs from row to row, a serial or identity, a stored expression, and most changes of type do that.

```sql
create table public.notes (id uuid primary key, number int, body text);
-- since
alter table public.notes add column token uuid default gen_random_uuid();  -- flagged
alter table public.notes add column place bigserial;  -- flagged
alter table public.notes add column words int generated always as (length(body)) stored;  -- flagged
alter table public.notes alter column number type bigint;  -- flagged
```

So does a new column of a domain that has a constraint, even an empty one.

```sql
create domain public.stars as int check (value between 1 and 5);
create domain public.label as text;
create table public.notes (id uuid primary key);
-- since
alter table public.notes add column stars public.stars;  -- flagged
alter table public.notes add column label public.label;
```

A constant, `now()`, and a type that only grows change no row.

```sql
create table public.notes (id uuid primary key, title varchar(20), price numeric(8, 2), at timestamp);
-- since
alter table public.notes add column kind text not null default 'note';
alter table public.notes add column made timestamptz not null default now();
alter table public.notes alter column title type text;
alter table public.notes alter column price type numeric(12, 2);
alter table public.notes add column later uuid;
alter table public.notes alter column later set default gen_random_uuid();
create table public.drafts (id uuid primary key);
alter table public.drafts add column token uuid default gen_random_uuid();
```

To mend it: add the column without its default, set the default for new rows, and fill the old ones in small steps.

Peers: squawk adding-field-with-default, changing-column-type; pgls addingFieldWithDefault, changingColumnType
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.conversions import loses, rewrites
from gate.audit.release import Change, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def table_rewritten(catalog: Catalog) -> Iterator[Hit]:
    """Tables in use that are rewritten; a type that loses values is another rule's."""
    for change in in_use(catalog, "add column", "alter type", "rewrite table"):
        why = _why(change)
        if why:
            message = f"{why}: the whole of {change.name} is written anew while nobody can use it{change.where}"
            yield Hit(change.place, message, change.what, change.text)


def _why(change: Change) -> str:
    if change.act == "rewrite table":
        return "it is stored otherwise"
    if change.act == "alter type":
        lost = loses(change.was, change.now)
        return f"{change.part!r} becomes {change.now}" if rewrites(change.was, change.now) and not lost else ""
    kinds = {
        "volatile": "has another default in every row",
        "serial": "is numbered",
        "identity": "is numbered",
        "generated": "is computed and stored",
        "domain": "has a domain with a constraint",
    }
    return next((f"new column {change.part!r} {text}" for word, text in kinds.items() if word in change.words), "")
