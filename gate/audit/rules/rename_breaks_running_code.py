"""A new migration takes away a name that the running app uses.

Between the migration and the deploy, and in every browser tab that is open, the old version asks for the old name and fails.

```sql
create table public.notes (id uuid primary key, body text);
grant select on public.notes to authenticated;
alter table public.notes enable row level security;
-- since
alter table public.notes rename column body to content;  -- flagged
alter table public.notes rename to documents;  -- flagged
```

A view under the old name serves the old version. What the same release made has no readers.

```sql
create table public.notes (id uuid primary key, body text);
grant select on public.notes to authenticated;
alter table public.notes enable row level security;
-- since
alter table public.notes rename to documents;
create view public.notes with (security_invoker = on) as select id, body from public.documents;
create table public.drafts (id uuid primary key);
alter table public.drafts rename to sketches;
```

To mend it: leave the old name as a view, and drop that in the next release.

Peers: squawk renaming-table, renaming-column
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.release import Change, afterwards, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def rename_breaks_running_code(catalog: Catalog) -> Iterator[Hit]:
    """Names in use that lead nowhere after the newer migrations; a note where no API role could reach what had them."""
    head = afterwards(catalog)
    for change in in_use(catalog, "rename table", "rename view", "rename column", "rename function", "rename schema"):
        if not _served(head, change):
            kind = change.act.removeprefix("rename ")
            what = (
                f"{kind} {change.part!r} of {change.name}"
                if change.part
                else f"{kind} {change.name}".replace(" .", " ")
            )
            now = change.now or str(change.other).lstrip(".")
            message = f"{what} is called {now} from here on, and the running app does not know{change.where}"
            yield Hit(change.place, message, change.what, change.text, _reached(catalog, change))


def _served(head: Catalog, change: Change) -> bool:
    """Whether the old name is there again in the end."""
    match change.act:
        case "rename function":
            return any(name == change.name for name, _ in head.functions)
        case "rename schema":
            return change.name.name in head.schemas
        case "rename column":
            table = head.tables.get(change.name)
            return table is not None and change.part in table.columns
    return change.name in head.views or change.name in head.tables


def _reached(catalog: Catalog, change: Change) -> Severity | None:
    assert catalog.release
    base = catalog.release.base
    name: Name = change.name
    relation = base.tables.get(name) or base.views.get(name)
    return Severity.NOTE if relation is not None and not base.reaches(relation) else None
