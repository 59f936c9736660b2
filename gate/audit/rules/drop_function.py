"""A new migration drops a function that may be called.

The app that still runs fails when it calls it, and so does every function whose text names it.

```sql
create function public.credits(owner uuid) returns int language sql stable set search_path = '' as 'select 1';
grant execute on function public.credits(uuid) to authenticated;
-- since
drop function public.credits(uuid);  -- flagged
```

Made again it serves as before, also with more arguments that need not be given. Nobody calls a trigger's function by itself.

```sql
create function public.credits(owner uuid) returns int language sql stable set search_path = '' as 'select 1';
create function public.touch() returns trigger language plpgsql set search_path = '' as $$ begin return new; end $$;
-- since
drop function public.credits(uuid);
create function public.credits(owner uuid, kind text default 'all') returns int language sql stable set search_path = '' as 'select 2';
drop function public.touch();
create function public.draft() returns int language sql set search_path = '' as 'select 1';
drop function public.draft();
```

To mend it: leave the function for one more release, next to the one that replaces it.

Peers: squawk ban-drop-function
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog
from gate.audit.release import Change, afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def drop_function(catalog: Catalog) -> Iterator[Hit]:
    """Functions in use that nothing replaces; a note where no API role could call it."""
    for change in in_use(catalog, "drop function"):
        assert catalog.release
        base = catalog.release.base
        known = base.functions.get((change.name, change.columns))
        if (known and known.returns in {"trigger", "event_trigger"}) or _still_callable(afterwards(catalog), change):
            continue
        called = known is None or any(base.may(role, "EXECUTE", known.acl, known.name.schema) for role in API_ROLES)
        message = f"function {change.name}{change.part} is dropped{change.where}"
        yield Hit(change.place, message, change.what, change.text, None if called else Severity.NOTE)


def _still_callable(head: Catalog, change: Change) -> bool:
    count = len(change.columns)
    return any(
        one.name == change.name
        and one.key[1][:count] == change.columns
        and all(name in one.defaults for name, _ in one.arguments[count:])
        for one in head.functions.values()
    )
