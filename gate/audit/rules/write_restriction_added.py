"""A new migration refuses what the running app may still write.

The old version does not know the new demand: its inserts and updates fail until it is replaced.

```sql
create table public.notes (id uuid primary key, body text, kind text not null default 'a');
-- since
alter table public.notes add constraint short check (length(body) < 1000);  -- flagged
alter table public.notes alter column kind drop default;  -- told with the one above
```

```sql
create table public.notes (id uuid primary key, body text, kind text not null default 'a',
  constraint short check (length(body) < 1000));
-- since
alter table public.notes drop constraint short;
alter table public.notes add constraint short check (length(body) < 2000);
alter table public.notes alter column kind set default 'b';
alter table public.notes add column stars int;
alter table public.notes add constraint some_stars check (stars > 0);
create table public.drafts (id uuid primary key, body text);
alter table public.drafts add constraint short check (length(body) < 1000);
```

To mend it: release an app that keeps to it first.

Peers: squawk ban-new-write-restriction, ban-set-default
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.release import Change, in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def write_restriction_added(catalog: Catalog) -> Iterator[Hit]:
    """New demands on tables in use; one finding per table."""
    found: dict[Name, list[Change]] = {}
    for change in in_use(catalog, "add constraint", "set not null", "drop default"):
        assert catalog.release
        loosened = {(one.name, one.columns) for one in catalog.release.before(change, "drop constraint")}
        harmless = change.act == "drop default" and "required" not in change.words
        if (
            not harmless
            and (change.name, change.columns) not in loosened
            and not change.words & {"using index", "new columns"}
        ):
            found.setdefault(change.name, []).append(change)
    for name, several in found.items():
        said = ", ".join(dict.fromkeys(_said(one) for one in several[:3]))
        more = f" and {len(several) - 3} more" if len(several) > 3 else ""
        yield Hit(
            several[0].place, f"rows of {name} must keep to more than the running app knows: {said}{more}", str(name)
        )


def _said(change: Change) -> str:
    match change.act:
        case "set not null":
            return f"{change.part!r} not null"
        case "drop default":
            return f"{change.part!r} without its default"
    kind = next((word for word in ("check", "unique", "foreign", "primary", "exclusion") if word in change.words), "")
    return f"{kind} {change.now or ', '.join(change.columns)}".strip()
