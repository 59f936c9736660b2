"""A role may add rows but not draw the number that each row gets.

An INSERT into a serial column ends with 42501 on its sequence. Identity columns need nothing.

```sql
create table public.notes (id bigserial primary key, owner uuid);  -- flagged
alter table public.notes enable row level security;
create policy add on public.notes for insert to authenticated with check (owner = (select auth.uid()));
grant insert on public.notes to authenticated;
revoke all on sequence public.notes_id_seq from public, anon, authenticated;
```

```sql
create table public.notes (id bigint generated always as identity primary key, owner uuid);
alter table public.notes enable row level security;
create policy add on public.notes for insert to authenticated with check (owner = (select auth.uid()));
grant insert on public.notes to authenticated;
revoke all on sequence public.notes_id_seq from public, anon, authenticated;
create table public.logs (id bigserial primary key, owner uuid);
alter table public.logs enable row level security;
create policy add on public.logs for insert to authenticated with check (owner = (select auth.uid()));
grant insert on public.logs to authenticated;
```

To mend it: `grant usage on sequence public.notes_id_seq to authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.quoting import spelled
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def sequence_grant_missing(catalog: Catalog) -> Iterator[Hit]:
    """Serial columns of tables within reach whose sequence a role that adds rows cannot use."""
    for sequence in catalog.sequences.values():
        table = catalog.tables.get(sequence.column[0]) if sequence.column else None
        column = table.columns.get(sequence.column[1]) if table and sequence.column else None
        if table is None or column is None or column.kind == "identity":
            continue
        for role in catalog.reaches(table, "INSERT"):
            writes = any(
                one.permissive and one.covers("insert") and one.applies_to(role) for one in table.policies.values()
            )
            drawn = any(
                catalog.may(role, privilege, sequence.acl, sequence.name.schema) for privilege in ("USAGE", "UPDATE")
            )
            if writes and not drawn:
                message = f"{role} may add rows to {table.name} but not draw from {sequence.name}, which numbers them"
                remedy = f"grant usage on sequence {spelled(sequence.name)} to {role};"
                yield Hit(sequence.place, message, f"{sequence.name} {role}", remedy=remedy)
