"""A new constraint of a domain is tried on every table that uses it.

Writers of all of them wait until every row has been looked at.

```sql
create domain public.amount as int;
create table public.orders (id uuid primary key, total public.amount);
-- since
alter domain public.amount add constraint positive check (value > 0);  -- flagged
```

```sql
create domain public.amount as int;
create domain public.share as int;
create table public.orders (id uuid primary key, total public.amount);
-- since
alter domain public.amount add constraint positive check (value > 0) not valid;
alter domain public.share add constraint positive check (value > 0);
```

To mend it: add it NOT VALID, and validate it in the next migration.

Peers: squawk ban-alter-domain-with-add-constraint
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.locks import INSTEAD, single
from gate.audit.release import in_use
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.NOTE)
def domain_constraint(catalog: Catalog) -> Iterator[Hit]:
    """Constraints of domains that tables in use have."""
    for change in in_use(catalog, "domain constraint"):
        if change.columns and "not valid" not in change.words:
            remedy = f"{INSTEAD}\n{change.text.rstrip().rstrip(';')} not valid;" if single(catalog, change) else None
            message = f"{change.name} is tried on every row of {', '.join(change.columns)}{change.where}"
            yield Hit(change.place, message, change.what, change.text, remedy=remedy)
