"""Users may add their own row, and the row holds their role, plan or credits.

A user adds the row with the role or the balance of choice.

```sql
create table public.wallets (user_id uuid primary key references auth.users, credits int default 0);
alter table public.wallets enable row level security;
create policy own on public.wallets for insert with check (user_id = auth.uid());  -- flagged
grant select, insert on public.wallets to authenticated;
```

Grant the harmless columns only.

```sql
-- regime: explicit
create table public.wallets (user_id uuid primary key references auth.users, credits int default 0);
alter table public.wallets enable row level security;
create policy own on public.wallets for insert with check (user_id = auth.uid());
grant select, insert (user_id) on public.wallets to authenticated;
```

Where a trigger on auth.users makes the row, its key keeps a user from adding another.

```sql
create table public.wallets (user_id uuid primary key references auth.users, credits int default 0);
alter table public.wallets enable row level security;
create policy own on public.wallets for insert with check (user_id = auth.uid());
create function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.wallets (user_id) values (new.id); return new; end $$;
create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up();
grant select, insert on public.wallets to authenticated;
```

A table whose rows may also be updated is reported once, for the update.

To mend it: `revoke insert on public.wallets from anon, authenticated; grant insert (user_id) on public.wallets to authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.memberships import joined_freely
from gate.audit.own_rows import made_at_sign_up, narrowed, settable
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def own_row_insert_sets_privilege(catalog: Catalog) -> Iterator[Hit]:
    """Own-row insert policies on tables with privileged columns, unless the update of the same table is reported."""
    for table, policy in catalog.policies():
        columns = settable(catalog, table, policy, "insert")
        if not columns or any(settable(catalog, table, one, "update") for one in table.policies.values()):
            continue
        if made_at_sign_up(catalog, table) or any(joined_freely(catalog, table, p) for p in table.policies.values()):
            continue
        message = f"policy {policy.name!r} lets users add their own row to {table.name} with any {', '.join(columns)}"
        remedy = narrowed(catalog, table)
        yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.check, remedy=remedy)
