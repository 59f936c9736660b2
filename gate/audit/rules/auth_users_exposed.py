"""A view shows auth.users to the API.

E-mail addresses and metadata of every account can be read.

```sql
create view public.people as select id, email from auth.users;  -- flagged
grant select on public.people to authenticated;
```

```sql
create schema private;
create view private.people as select id, email from auth.users;
```

With the caller's rights nothing comes through, because API roles may not read auth.users.

```sql
create view public.people with (security_invoker = on) as select id, email from auth.users;
grant select on public.people to authenticated;
```

Nor does a view show others which asks for the caller's own account.

```sql
create view public.me as select id, email from auth.users where id = auth.uid();
grant select on public.me to authenticated;
```

To mend it: keep what others may see in a table of your own, such as profiles.

Peers: pgrls SEC052; splinter 0002
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import USERS, names
from gate.audit.remedies import closed
from gate.audit.views import filtered, owner_reads
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def auth_users_exposed(catalog: Catalog) -> Iterator[Hit]:
    """Views over auth.users within reach that read with their owner's rights."""
    for view in catalog.views.values():
        who = catalog.reaches(view, "SELECT")
        if who and USERS in owner_reads(catalog, view) and (view.materialized or not filtered(view)):
            message = f"view {view.name} shows the accounts of auth.users to {names(who)}"
            yield Hit(view.place, message, str(view.name), remedy=closed(view))
