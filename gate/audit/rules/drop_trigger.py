"""A new migration drops a trigger.

What it did stops: the audit log, the profile of a new user, the stamp of a change, the check of a balance.

```sql
create table public.notes (id uuid primary key, changed_at timestamptz);
create function public.touch() returns trigger language plpgsql set search_path = '' as $$ begin new.changed_at = now(); return new; end $$;
create trigger touch before update on public.notes for each row execute function public.touch();
-- since
drop trigger touch on public.notes;  -- flagged
```

```sql
create table public.notes (id uuid primary key, changed_at timestamptz);
create function public.touch() returns trigger language plpgsql set search_path = '' as $$ begin new.changed_at = now(); return new; end $$;
create trigger touch before update on public.notes for each row execute function public.touch();
-- since
drop trigger if exists touch on public.notes;
create trigger touch_notes before insert or update on public.notes for each row execute function public.touch();
```

To mend it: make the trigger that replaces it in the same migration.

Peers: squawk ban-drop-trigger; pgls banDropTrigger
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def drop_trigger(catalog: Catalog) -> Iterator[Hit]:
    """Triggers in use after which neither one of that name nor one of that function is left on the table."""
    head = afterwards(catalog)
    for change in in_use(catalog, "drop trigger"):
        table = head.tables.get(change.name)
        if (
            table
            and change.part not in table.triggers
            and not any(one.function == change.other for one in table.triggers.values())
        ):
            message = (
                f"trigger {change.part!r} on {change.name} is dropped: {change.other} no longer runs{change.where}"
            )
            yield Hit(change.place, message, change.what, change.text)
