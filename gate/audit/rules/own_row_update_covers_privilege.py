"""Users may update their own row, and the row holds their role, plan or credits.

A user raises the own credits, plan or role with one request.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int);
alter table public.profiles enable row level security;
create policy own on public.profiles for update using (id = auth.uid());  -- flagged
grant select, update on public.profiles to authenticated;
```

Grant the harmless columns only.

```sql
-- regime: explicit
create table public.profiles (id uuid primary key references auth.users, name text, credits int);
alter table public.profiles enable row level security;
create policy own on public.profiles for update using (id = auth.uid());
grant select, update (name) on public.profiles to authenticated;
```

A trigger before the update may guard them.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int);
alter table public.profiles enable row level security;
create policy own on public.profiles for update using (id = auth.uid());
create function public.keep_credits() returns trigger language plpgsql as $$ begin new.credits := old.credits; return new; end $$;
create trigger keep before update on public.profiles for each row execute function public.keep_credits();
grant select, update on public.profiles to authenticated;
```

An administrator may set what others may not.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, credits int);
alter table public.profiles enable row level security;
create function public.is_admin(who uuid) returns boolean language sql stable as 'select true';
create policy admins on public.profiles for update using (public.is_admin(auth.uid()));
grant select, update on public.profiles to authenticated;
```

The role of a message in a chat is no right.

```sql
create table public.messages (id uuid primary key, user_id uuid references auth.users, role text, content text);
alter table public.messages enable row level security;
create policy own on public.messages for update using (user_id = auth.uid());
grant select, update on public.messages to authenticated;
```

To mend it: `revoke update on public.profiles from anon, authenticated; grant update (name) on public.profiles to authenticated;`
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Table
from gate.audit.meaning import open_to, privileged_columns
from gate.audit.replay.conditions import own_row
from gate.finding import Hit, Severity
from gate.rule import rule

TEXTS = {"content", "message", "body", "text", "prompt", "file_path"}


@rule(Severity.ERROR)
def own_row_update_covers_privilege(catalog: Catalog) -> Iterator[Hit]:
    """Own-row update policies on tables with privileged columns that the caller may write."""
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and policy.covers("update") and own_row(policy.using_node)):
            continue
        if table.name in catalog.platform or not open_to(catalog, table, policy, "UPDATE"):
            continue
        columns = [
            c
            for c in privileged_columns(catalog, table)
            if _writable(catalog, table, c) and not _guarded(catalog, table, c) and not _of_a_message(table, c)
        ]
        if columns and not any(column in policy.check for column in columns):
            message = f"policy {policy.name!r} lets users set their own {', '.join(columns)} in {table.name}"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", f"{policy.using}|{policy.check}")


def _writable(catalog: Catalog, table: Table, column: str) -> bool:
    for role in API_ROLES:
        for one in catalog.identities(role):
            if "UPDATE" in table.acl.grants.get(one, ()) or "UPDATE" in table.acl.columns.get((one, column), ()):
                return True
    return False


def _of_a_message(table: Table, column: str) -> bool:
    """Whether `role` says who speaks in a chat, and `tokens` how long a text is."""
    return column in {"role", "tokens"} and bool(TEXTS & set(table.columns))


def _guarded(catalog: Catalog, table: Table, column: str) -> bool:
    called = {name for name, _, fires in table.triggers.values() if fires}
    return any(f.name in called and column in f.body for f in catalog.functions.values())
