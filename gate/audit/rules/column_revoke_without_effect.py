"""A REVOKE on a column takes nothing, because the privilege is held on the whole table.

The column stays readable or writable, while the migration reads as if it were closed.

```sql
create table public.profiles (id uuid primary key, name text, phone text);
alter table public.profiles enable row level security;
grant select on public.profiles to authenticated;
revoke select (phone) on public.profiles from authenticated;  -- flagged
```

Take the privilege from the table, and give back the columns that may be had.

```sql
create table public.profiles (id uuid primary key, name text, phone text);
alter table public.profiles enable row level security;
grant select on public.profiles to authenticated;
revoke select on public.profiles from anon, authenticated;
grant select (id, name) on public.profiles to authenticated;
revoke select (phone) on public.profiles from authenticated;
```

What a later statement mends is mended.

```sql
create table public.profiles (id uuid primary key, name text, phone text);
alter table public.profiles enable row level security;
grant select on public.profiles to authenticated;
revoke select (phone) on public.profiles from authenticated;
revoke select on public.profiles from authenticated;
```

To mend it: `revoke select on public.profiles from anon, authenticated; grant select (id, name) on public.profiles to authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Table, View, Widening
from gate.audit.remedies import columns_only
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def column_revoke_without_effect(catalog: Catalog) -> Iterator[Hit]:
    """Column revokes on what the API reaches, whose privilege is still held in the end; one finding per privilege."""
    found: dict[tuple[str, str], Widening] = {}
    for one in catalog.revokes:
        if "(" in one.privileges and _still_held(catalog, one):
            found.setdefault((one.object, one.privileges), one)
    for one in found.values():
        message = f"{one.privileges} of {one.object} is not revoked: {one.still_through} holds it on the whole table"
        yield Hit(one.place, message, one.object, one.statement, remedy=_remedy(catalog, one))


def _remedy(catalog: Catalog, one: Widening) -> str | None:
    """The privilege taken from the table and given on the other columns; of a view only its query tells them."""
    table = next((table for name, table in catalog.tables.items() if str(name) == one.object), None)
    verb, _, named = one.privileges.partition(" ")
    taken = {word.strip() for word in named.strip("()").split(",")}
    others = [name for name in table.columns if name not in taken] if table else []
    return columns_only(table, (verb.lower(),), others) if table else None


def _still_held(catalog: Catalog, one: Widening) -> bool:
    privilege = one.privileges.partition(" ")[0]
    relations: list[Table | View] = [*catalog.tables.values(), *catalog.views.values()]
    for relation in relations:
        if str(relation.name) == one.object and catalog.reaches(relation, privilege):
            return privilege in relation.acl.grants.get(one.still_through, ())
    return False
