"""Several permissive policies decide about the same thing, and each of them is asked.

Postgres asks one after the other for every row until one lets it through. Joined into one policy they are also easier to read: what one
lets through, another cannot forbid.

```sql
create table public.notes (id uuid primary key, owner uuid, shared boolean);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
create policy shared on public.notes for select to authenticated using (shared);
create policy mine on public.notes for select to authenticated using (shared and owner = (select auth.uid()));  -- flagged
grant select on public.notes to authenticated;
```

Two are common and readable; so are policies for different roles and commands.

```sql
create table public.notes (id uuid primary key, owner uuid, shared boolean);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
create policy shared on public.notes for select to authenticated using (shared);
create policy add on public.notes for insert to authenticated with check (owner = (select auth.uid()));
create policy server on public.notes for select to service_role using (true);
grant select, insert on public.notes to authenticated;
```

One finding tells of all tables.

To mend it: one policy whose condition joins theirs with OR.

Peers: splinter 0006; rlsautotest L020
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Policy, Table
from gate.audit.meaning import counted
from gate.finding import Hit, Severity
from gate.rule import rule

MANY = 3


@rule(Severity.NOTE)
def multiple_permissive_policies(catalog: Catalog) -> Iterator[Hit]:
    """Tables with three or more of them for one role and command; one finding for the project."""
    found = [
        (table, several)
        for table in catalog.own_tables()
        if catalog.reaches(table)
        for several in [_most(table)]
        if several
    ]
    if found:
        table, several = max(found, key=lambda one: len(one[1]))
        more = (
            f", and as much on {counted([str(one.name) for one, _ in found if one is not table])}"
            if len(found) > 1
            else ""
        )
        message = f"{len(several)} permissive policies of {table.name} decide about the same thing{more}"
        yield Hit(several[-1].place, message, "policies")


def _most(table: Table) -> list[Policy]:
    ways = (
        [one for one in table.policies.values() if one.permissive and one.covers(verb) and one.applies_to(role)]
        for verb in ("select", "update", "delete")
        for role in API_ROLES
    )
    return max((way for way in ways if len(way) >= MANY), key=len, default=[])
