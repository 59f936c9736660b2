"""A migration ends the transaction that it runs in.

The platform's tool runs a file as one transaction, so that a statement that fails takes the others back. A COMMIT on the way keeps what
came before it, and a ROLLBACK throws it away while the file counts as applied.

```sql
-- since
begin;
create table public.notes (id uuid primary key);
rollback;  -- flagged
```

```sql
-- since
create table app_settings (id uuid primary key);
commit;  -- flagged
alter table app_settings add column name text;
```

One BEGIN and one COMMIT around everything is what the tool does anyway. A block has a BEGIN of its own.

```sql
-- since
begin;
create schema app;
do $$ begin create table app.notes (id uuid primary key); end $$;
commit;
```

In older files, which are through, it is a note, once.

To mend it: take BEGIN, COMMIT and ROLLBACK out, and give what must be kept a file of its own.

Peers: squawk transaction-nesting, ban-uncommitted-transaction
"""

from collections.abc import Iterator
from itertools import groupby

from gate.audit.catalog import Catalog
from gate.finding import Hit, Severity, Span
from gate.rule import rule


@rule(Severity.WARNING)
def transaction_control_in_migration(catalog: Catalog) -> Iterator[Hit]:
    """One finding per newer file that has more than one pair of them, or half a pair; one for all older ones."""
    older: list[tuple[Span, str]] = []
    torn = {
        statement.place.path for statement in catalog.failed
    }  # in which the END of a block may be taken for a COMMIT
    for path, several in groupby(catalog.transactions, key=lambda one: one[1].path):
        written = list(several)
        if [word for word, _ in written] == ["BEGIN", "COMMIT"] or path in torn:
            continue
        word, place = next((one for one in written if one[0] == "ROLLBACK"), written[-1])
        if catalog.release and path in catalog.release.files:
            yield Hit(place, f"{word}: {EFFECTS[word]}", f"{path.rpartition('/')[2]} {word}")
        else:
            older.append((place, word))
    if older:
        place, word = older[0]
        more = f", as in {len(older) - 1} more files" if len(older) > 1 else ""
        yield Hit(place, f"{word}: {EFFECTS[word]}{more}", "older files", severity=Severity.NOTE)


EFFECTS = {
    "BEGIN": "nothing of what follows remains, since no COMMIT comes",
    "COMMIT": "what comes before stays even if the rest of the file fails",
    "ROLLBACK": "what comes before is thrown away, and the file counts as applied",
}
