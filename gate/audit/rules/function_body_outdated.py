"""A function's text names a table or column that is not called so any more.

Policies and views follow a rename, the text of a function does not: it fails the next time it runs, in a trigger with the statement
that fired it.

```sql
create schema app;
create table app.notes (id uuid primary key, body text);
create function app.count_notes() returns bigint language plpgsql set search_path = '' as $$  -- flagged
begin
  return (select count(*) from app.notes);
end $$;
alter table app.notes rename to documents;
```

```sql
create schema app;
create table app.notes (id uuid primary key, body text);
create function app.count_notes() returns bigint language plpgsql set search_path = '' as $$
begin
  return (select count(*) from app.notes);
end $$;
alter table app.notes rename to documents;
create or replace function app.count_notes() returns bigint language plpgsql set search_path = '' as $$
begin
  return (select count(*) from app.documents);
end $$;
create function app.bodies() returns setof text language sql set search_path = '' as 'select body from app.documents';
alter table app.documents rename column id to number;
```

A column counts where the function reads no other table that could mean it.

```sql
create schema app;
create table app.notes (id uuid primary key, body text);
create function app.bodies() returns setof text language plpgsql set search_path = '' as $$  -- flagged
begin
  return query select n.body from app.notes n;
end $$;
alter table app.notes rename column body to content;
```

To mend it: `create or replace function` with the name that there is.

Peers: plpgsql_check, on a live database
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from gate.audit.catalog import Catalog, Function, Moved
from gate.audit.meaning import REMEMBERED, plain
from gate.finding import Hit, Severity, Span
from gate.rule import rule

READS = re.compile(r"\b(?:from|join|into|update|table|only)\s+(?:(\w+)\.)?(\w+)", re.IGNORECASE)

ALIASED = re.compile(r"\b(?:from|join|update)\s+(?:(\w+)\.)?(\w+)\s+(?:as\s+)?(\w+)", re.IGNORECASE)
KEYWORDS = {"where", "set", "on", "join", "left", "right", "inner", "order", "group", "limit", "for", "using", "cross"}


@rule(Severity.WARNING)
def function_body_outdated(catalog: Catalog) -> Iterator[Hit]:
    """Functions that were written before a table or column in their text got another name or went; one finding each."""
    order = {path: number for number, (path, _) in enumerate(catalog.files)}
    left = [one for one in catalog.moved if not _there(catalog, one)]
    for function in catalog.functions.values() if left else ():
        if function.language not in {"plpgsql", "sql"} or function.body_node is not None or not function.body:
            continue
        body = plain(function.body)
        read = _read(body)
        for moved in left:
            if _before(order, function.place, moved.place) and _names(function, moved, body, read):
                what = f"column {moved.column!r} of {moved.table}" if moved.column else str(moved.table)
                now = f"is called {moved.now}" if moved.now else "is gone"
                message = f"function {function.name} names {what}, which {now} since {moved.place}"
                yield Hit(function.place, message, function.signature, what)
                break


def _there(catalog: Catalog, moved: Moved) -> bool:
    """Whether the old name leads somewhere again, or nobody can ask for it: the table is gone as well."""
    if not moved.column:
        return moved.table in catalog.tables or moved.table in catalog.views
    table = catalog.tables.get(moved.table)
    return table is None or moved.column in table.columns


def _before(order: dict[str, int], place: Span, other: Span) -> bool:
    return (order.get(place.path, -1), place.line) < (order.get(other.path, -1), other.line)


@lru_cache(REMEMBERED)
def _read(body: str) -> frozenset[tuple[str, str]]:
    return frozenset(READS.findall(body))


def _names(function: Function, moved: Moved, body: str, read: frozenset[tuple[str, str]]) -> bool:
    spelled = (moved.table.schema, moved.table.name) in read
    bare = ("", moved.table.name) in read and moved.table.schema in function.settings.get("search_path", "public")
    if not (spelled or bare) or not moved.column:
        return spelled or bare
    # A bare word may be a variable or a column of the result; where the function reads one table and gives no rows, it is not.
    names = {moved.table.name, *(alias for _, name, alias in aliases(body) if name == moved.table.name)}
    qualified = any(re.search(rf"\b{re.escape(one)}\.{re.escape(moved.column)}\b", body) for one in names)
    alone = {name for _, name in read} == {moved.table.name} and function.returns != "record"
    bare_word = alone and moved.column not in dict(function.arguments)
    return qualified or (bare_word and bool(re.search(rf"(?<![.\w]){re.escape(moved.column)}\b", body)))


@lru_cache(REMEMBERED)
def aliases(body: str) -> tuple[tuple[str, str, str], ...]:
    """Schema, table and alias of what a function's text reads."""
    return tuple(found for found in ALIASED.findall(body) if found[2].lower() not in KEYWORDS)
