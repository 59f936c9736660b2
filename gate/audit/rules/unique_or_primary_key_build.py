"""A unique constraint or primary key builds its index while nobody can use the table.

On a table with many rows every query of the app waits until the index is there, and times out.

```sql
create table public.notes (id uuid not null, slug text);
-- since
alter table public.notes add constraint notes_pkey primary key (id);  -- flagged
alter table public.notes add constraint one_slug unique (slug);  -- flagged
```

An index that was built before is only taken over.

```sql
create table public.notes (id uuid not null, slug text);
create unique index one_slug on public.notes (slug);
-- since
alter table public.notes add constraint one_slug unique using index one_slug;
create table public.drafts (id uuid not null, slug text);
alter table public.drafts add primary key (id);
alter table public.drafts add unique (slug);
```

To mend it: `create unique index concurrently` in a migration of its own, then ADD CONSTRAINT ... USING INDEX.

Peers: squawk disallowed-unique-constraint, adding-serial-primary-key-field; pgls addingPrimaryKeyConstraint
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.locks import single, unique_by_index
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def unique_or_primary_key_build(catalog: Catalog) -> Iterator[Hit]:
    """Keys of tables in use that build an index; one that is rewritten anyway is another rule's."""
    for change in in_use(catalog, "add constraint", "add column"):
        kinds = change.words & {"unique", "primary", "exclusion"}
        rewritten = change.words & {"volatile", "serial", "identity", "generated"} and "virtual" not in change.words
        if kinds and "using index" not in change.words and not rewritten:
            remedy = unique_by_index(change) if change.act == "add constraint" and single(catalog, change) else None
            what = f"column {change.part!r}" if change.act == "add column" else f"constraint {change.part!r}"
            message = f"while the index of {what} is built, nobody can use {change.name}{change.where}"
            yield Hit(change.place, message, change.what, change.text, remedy=remedy)
