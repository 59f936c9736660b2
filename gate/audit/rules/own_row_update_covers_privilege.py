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

Where users may add themselves to any group in any role, that is the finding, not what they change afterwards.

A role that describes a thing of the user's, such as the place of a contact in its company, is nobody's right. Several policies of
a table are one finding.

```sql
create table public.contacts (id uuid primary key, user_id uuid references auth.users, name text, role text);
create table public.wallets (user_id uuid primary key references auth.users, credits int);
alter table public.contacts enable row level security;
alter table public.wallets enable row level security;
create policy own on public.contacts for all using (user_id = auth.uid());
create policy own on public.wallets for update using (user_id = auth.uid());  -- flagged
create policy too on public.wallets for update using (auth.uid() = user_id);
grant select, update on public.contacts, public.wallets to authenticated;
```

To mend it: `revoke update on public.profiles from anon, authenticated; grant update (name) on public.profiles to authenticated;`

Peers: none; rlsautotest L018 for columns of identity
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import listed, told
from gate.audit.memberships import joined_freely
from gate.audit.own_rows import narrowed, settable
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def own_row_update_covers_privilege(catalog: Catalog) -> Iterator[Hit]:
    """Own-row update policies on tables with privileged columns that the caller may write; one finding per table."""
    for table in catalog.tables.values():
        if any(joined_freely(catalog, table, one) for one in table.policies.values()):
            continue
        found = [
            (policy, columns)
            for policy in table.policies.values()
            if (columns := settable(catalog, table, policy, "update"))
        ]
        if found:
            policies = [policy for policy, _ in found]
            named = listed(list(dict.fromkeys(one for _, several in found for one in several)))
            message = f"{told(policies)} users set their own {named} in {table.name}"
            remedy = narrowed(catalog, table)
            yield Hit(policies[0].place, message, str(table.name), remedy=remedy)
