"""A policy tells people apart by their e-mail address.

An address changes, is written in capitals once and not the next time, and may be given up and taken by somebody else, who then has
the rows of the one before.

```sql
create table public.notes (id uuid primary key, owner_email text);
alter table public.notes enable row level security;
create policy own on public.notes for all using (owner_email = auth.jwt() ->> 'email');  -- flagged
grant select, insert, update, delete on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid, owner_email text);
alter table public.notes enable row level security;
create policy own on public.notes for all using (owner = auth.uid());
grant select, insert, update, delete on public.notes to authenticated;
```

An invitation has nothing else to go by, and reading beside the own id is how it is found.

```sql
create table public.invitations (id uuid primary key, email text, team uuid);
alter table public.invitations enable row level security;
create policy mine on public.invitations for select using (email = auth.jwt() ->> 'email');
grant select on public.invitations to authenticated;
```

To mend it: keep the id of the account in a column, and `alter policy own on public.notes using (owner = auth.uid());`

Peers: pgrls SEC034
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import open_to
from gate.audit.replay.patterns import compares_email
from gate.finding import Hit, Severity
from gate.rule import rule

INVITED = re.compile(r"invit|request|waitlist|subscri|guest|lead", re.IGNORECASE)


@rule(Severity.WARNING)
def policy_email_as_identity(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies within reach with an equality of a column and the caller's address; one finding per table."""
    for table in catalog.own_tables():
        if not table.rls or INVITED.search(table.name.name):
            continue
        for policy in table.policies.values():
            verb = "SELECT" if policy.command == "all" else policy.command.upper()
            if not policy.permissive or "mail" not in policy.using + policy.check or "uid()" in policy.using:
                continue
            if any(map(compares_email, policy.expressions())) and open_to(catalog, table, policy, verb):
                message = f"policy {policy.name!r} on {table.name} tells people apart by their e-mail address"
                text = f"{policy.using}|{policy.check}"
                yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text)
                break
