"""A GRANT on everything in a schema gives back what an earlier migration took.

The REVOKE was about one object, the GRANT is about all of them, and nobody thought of the one: it is open again, and the migration
that closed it still reads as if it were not.

```sql
create table public.wallets (user_id uuid primary key, credits int);
alter table public.wallets enable row level security;
revoke update on public.wallets from anon, authenticated;
-- file: 20260102000000_later.sql
grant all on all tables in schema public to authenticated;  -- flagged
```

A GRANT that names the object is meant.

```sql
create table public.wallets (user_id uuid primary key, credits int);
alter table public.wallets enable row level security;
revoke update on public.wallets from anon, authenticated;
-- file: 20260102000000_later.sql
grant select on all tables in schema public to authenticated;
grant update on public.wallets to authenticated;
```

What is taken again is not open.

```sql
create table public.wallets (user_id uuid primary key, credits int);
alter table public.wallets enable row level security;
revoke update on public.wallets from anon, authenticated;
-- file: 20260102000000_later.sql
grant all on all tables in schema public to authenticated;
revoke update on public.wallets from authenticated;
```

One GRANT is one finding, whatever it opens.

To mend it: `revoke update on public.wallets from authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Acl, Catalog, Name, Regained
from gate.audit.meaning import counted
from gate.audit.quoting import callable_signature, spelled
from gate.finding import Hit, Severity, Span
from gate.rule import rule

WRITTEN = frozenset(["SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE"])


@rule(Severity.WARNING)
def grant_widened(catalog: Catalog) -> Iterator[Hit]:
    """Bulk grants that undo a revoke on an object that API roles reach in the end."""
    objects = _objects(catalog)
    found: dict[Span, dict[str, str]] = {}
    for one in catalog.regained:
        schema, acl, name = objects.get(one.object, ("", Acl(), ""))
        again = _held(one, acl)
        if again and catalog.exposed(schema):
            line = f"revoke {', '.join(sorted(again)).lower()} on {name} from {one.role};"
            found.setdefault(one.place, {}).setdefault(one.object, line)
    for place, opened in found.items():
        message = f"this GRANT gives back what was taken on {counted(list(opened))}"
        yield Hit(place, message, f"grants on {' '.join(sorted(opened))}", remedy="\n".join(opened.values()))


def _held(one: Regained, acl: Acl) -> frozenset[str]:
    """What the role may do again, of what was taken from it."""
    if one.role not in API_ROLES or one.role not in acl.taken:
        return frozenset()
    return one.privileges & WRITTEN & frozenset(acl.grants.get(one.role, ())) & acl.taken[one.role]


def _objects(catalog: Catalog) -> dict[str, tuple[str, Acl, str]]:
    """The schema and grants of tables, views and functions, by the label that a GRANT has for them, and how to name them."""
    found: dict[str, tuple[str, Acl, str]] = {}
    relations: list[tuple[Name, Acl]] = [(n, t.acl) for n, t in catalog.tables.items()]
    relations += [(n, v.acl) for n, v in catalog.views.items()]
    for name, acl in relations:
        found[str(name)] = (name.schema, acl, spelled(name))
    for function in catalog.functions.values():
        form = callable_signature(catalog, function)
        if function.definer and form:
            found[function.signature] = (function.name.schema, function.acl, f"function {form}")
    return found
