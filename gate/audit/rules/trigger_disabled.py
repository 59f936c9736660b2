"""A trigger is switched off and never on again.

What it did no longer happens: a column that it guarded may be written, an entry that it made is missing.

```sql
create table public.profiles (id uuid primary key references auth.users, credits int);
alter table public.profiles enable row level security;
create function public.keep_credits() returns trigger language plpgsql as $$ begin new.credits := old.credits; return new; end $$;
create trigger keep before update on public.profiles for each row execute function public.keep_credits();  -- flagged
alter table public.profiles disable trigger keep;
```

ALL and USER name none and mean each.

```sql
create table public.profiles (id uuid primary key, credits int);
alter table public.profiles enable row level security;
create function public.keep_credits() returns trigger language plpgsql as $$ begin new.credits := old.credits; return new; end $$;
create trigger keep before update on public.profiles for each row execute function public.keep_credits();  -- flagged
alter table public.profiles disable trigger user;
```

Switched on again after the work, it is as it was.

```sql
create table public.profiles (id uuid primary key references auth.users, credits int);
alter table public.profiles enable row level security;
create function public.keep_credits() returns trigger language plpgsql as $$ begin new.credits := old.credits; return new; end $$;
create trigger keep before update on public.profiles for each row execute function public.keep_credits();
alter table public.profiles disable trigger keep;
update public.profiles set credits = 0;
alter table public.profiles enable trigger keep;
```

To mend it: `alter table public.profiles enable trigger keep;`, or drop the trigger where it is not needed any more.

Peers: squawk ban-disable-trigger; pgls banDisableTrigger
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.quoting import quoted, spelled
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def trigger_disabled(catalog: Catalog) -> Iterator[Hit]:
    """Triggers that do not fire in the end."""
    for table in catalog.tables.values():
        for name, trigger in table.triggers.items():
            if not trigger.fires:
                message = f"trigger {name!r} on {table.name} is left disabled"
                remedy = f"alter table {spelled(table.name)} enable trigger {quoted(name)};"
                yield Hit(trigger.place, message, f"{table.name} trigger {name}", remedy=remedy)
