"""The migrations use objects that none of them made.

They were made elsewhere, as in the dashboard. A database that is built from these files lacks them, and what they hold is not
judged: rules say nothing of a table that they do not know.

```sql
create table public.notes (id uuid primary key);
alter table public.notes enable row level security;
alter table public.folders add column owner uuid;  -- flagged
alter table public.folders enable row level security;
```

```sql
create table public.notes (id uuid primary key);
alter table public.notes enable row level security;
alter table if exists public.folders add column owner uuid;
drop table if exists public.folders;
```

To mend it: `supabase db pull` writes what the database has and the files lack into a migration.

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity
from gate.rule import rule

NEVER = re.compile(r"^((?:table|function|schema|type|sequence) \S+?),? .*was never created$")


@rule(Severity.NOTE)
def history_incomplete(catalog: Catalog) -> Iterator[Hit]:
    """One finding for everything that was never made, at the first use."""
    found = {match.group(1): place for what, place in reversed(catalog.missing) if (match := NEVER.match(what))}
    if found:
        names = sorted(found)
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        first = next(place for what, place in catalog.missing if NEVER.match(what))
        yield Hit(first, f"no migration makes {shown}, which these files use", "history", " ".join(names))
