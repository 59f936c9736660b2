"""Users may give their own row to somebody else, because the new row is not checked against the caller.

The row turns up among the rows of the victim: a planted file, message or order in the victim's name. USING looks at the row
before the change. A WITH CHECK of its own replaces the check of the row after it.

```sql
create table public.notes (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
create policy own on public.notes for update using (user_id = auth.uid()) with check (true);  -- flagged
grant select, update on public.notes to authenticated;
```

Without a WITH CHECK the new row must satisfy USING.

```sql
create table public.notes (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.notes enable row level security;
create policy own on public.notes for update using (user_id = auth.uid());
create policy see on public.notes for select using (user_id = auth.uid());
grant select, update on public.notes to authenticated;
```

Nor can the row be given away where the owner's column may not be written.

```sql
-- regime: explicit
create table public.notes (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.notes enable row level security;
create policy see on public.notes for select using (true);
create policy own on public.notes for update using (user_id = auth.uid()) with check (true);
grant select, update (body) on public.notes to authenticated;
```

To mend it: `alter policy own on public.notes with check (user_id = auth.uid());`

Peers: pgrls SEC006, SEC020; rlsautotest L003, L018
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import bound, helpers, open_to, owner_columns
from gate.audit.own_rows import writable
from gate.audit.remedies import altered
from gate.audit.replay.conditions import own_row
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def update_may_change_owner(catalog: Catalog) -> Iterator[Hit]:
    """Own-row update policies whose explicit check does not look at the caller."""
    known = helpers(catalog)
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and policy.command == "update" and own_row(policy.using_node)):
            continue
        if policy.check_node is None or bound(known, policy.check_node) or policy.relations:
            continue
        columns = [one for one in owner_columns(catalog, table) if writable(catalog, table, one, "UPDATE")]
        given = [one for one in columns if one not in table.primary_key and one not in policy.check]
        if given and open_to(catalog, table, policy, "UPDATE"):
            message = f"policy {policy.name!r} lets users give their row in {table.name} to anyone, by {given[0]}"
            text = f"{policy.using}|{policy.check}"
            remedy = altered(policy, check=policy.using)
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)
