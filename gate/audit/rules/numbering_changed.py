"""A new migration changes where the numbers of rows go on.

A number that was given already comes again: inserts fail on the key, or two invoices have one number.

```sql
create table public.invoices (id bigint generated always as identity primary key);
create sequence public.numbers;
-- since
alter table public.invoices alter column id restart with 1;  -- flagged
alter sequence public.numbers restart with 100;  -- flagged
select setval('public.numbers', 1);  -- flagged
```

Going on behind the highest number is safe, and a new table has none.

```sql
create table public.invoices (id bigint generated always as identity primary key, number bigint);
create sequence public.numbers;
-- since
select setval('public.numbers', (select max(number) from public.invoices));
create table public.bills (id bigint generated always as identity primary key);
alter table public.bills alter column id restart with 1000;
```

To mend it: `select setval('public.numbers', (select max(number) from public.invoices));`

Peers: squawk ban-alter-identity, ban-alter-sequence-values
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def numbering_changed(catalog: Catalog) -> Iterator[Hit]:
    """Sequences and identities in use that are set to go on elsewhere."""
    for change in in_use(catalog, "restart sequence", "change identity"):
        what = f"{change.part!r} of {change.name}" if change.part else str(change.name)
        message = f"{what} goes on at another number from here on{change.where}"
        yield Hit(change.place, message, change.what, change.text)
