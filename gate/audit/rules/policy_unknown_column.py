"""A new policy names a column that its table does not have.

Postgres refuses the policy, and the deploy stops there.

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
-- since
create policy own on public.notes for select to authenticated using (user_id = (select auth.uid()));  -- flagged
```

Policies of one table are one finding.

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
grant select, delete on public.notes to authenticated;
-- since
create policy own on public.notes for select to authenticated using (user_id = (select auth.uid()));  -- flagged
create policy gone on public.notes for delete to authenticated using (user_id = (select auth.uid()));
```

A column that was renamed takes its policies along.

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
grant select on public.notes to authenticated;
-- since
alter table public.notes add column team uuid;
alter table public.notes rename column owner to user_id;  -- and a view, so that the running app goes on
create policy team on public.notes for update to authenticated using (team is not null and user_id = (select auth.uid()));
```

To mend it: the name that the column has.

Peers: pgrls HYG001
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name, Policy
from gate.audit.meaning import counted
from gate.audit.release import afterwards
from gate.audit.replay.subqueries import own_columns
from gate.finding import Hit, Severity
from gate.rule import rule

SYSTEM = {"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"}


@rule(Severity.ERROR)
def policy_unknown_column(catalog: Catalog) -> Iterator[Hit]:
    """Policies of newer files, one finding per table. An older one was accepted: its column was made where no file tells."""
    found: dict[Name, list[tuple[Policy, str]]] = {}
    for table, policy in afterwards(catalog).policies() if catalog.release else ():
        assert catalog.release
        if policy.place.path not in catalog.release.files or not table.columns or table.name in catalog.platform:
            continue
        named = {column for node in policy.expressions() for column in own_columns(node, table.name)}
        for column in sorted(named - set(table.columns) - SYSTEM - {table.name.name}):
            found.setdefault(table.name, []).append((policy, column))
    for name, several in found.items():
        policies = list({policy.name: policy for policy, _ in several}.values())
        columns = list(dict.fromkeys(column for _, column in several))
        who = f"{'policies' if len(policies) > 1 else 'policy'} {counted([repr(one.name) for one in policies])}"
        verb = "name" if len(policies) > 1 else "names"
        message = f"{who} {verb} {counted([repr(one) for one in columns])}, and {name} has no such column"
        yield Hit(policies[0].place, message, f"{name} policy {policies[0].name}", " ".join(columns))
