"""Users write the column of their own row that policies of other tables believe.

The policy looks up what the caller's own row says, an organisation, a state, an address, and users may set it to anything: whoever
writes another organisation into the own profile is in it.

```sql
create table public.orgs (id uuid primary key, name text);
create table public.profiles (id uuid primary key references auth.users, org_id uuid references public.orgs, name text);
create table public.papers (id uuid primary key, org_id uuid references public.orgs, body text);
alter table public.profiles enable row level security;
alter table public.papers enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create policy change on public.profiles for update using (id = auth.uid());  -- flagged
create policy ours on public.papers for select using (org_id = (select org_id from public.profiles where id = auth.uid()));
grant select, update on public.profiles, public.papers to authenticated;
```

Grant the harmless columns only, or let a trigger keep it as it was.

```sql
-- regime: explicit
create table public.orgs (id uuid primary key, name text);
create table public.profiles (id uuid primary key references auth.users, org_id uuid references public.orgs, name text);
create table public.papers (id uuid primary key, org_id uuid references public.orgs, body text);
alter table public.profiles enable row level security;
alter table public.papers enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create policy change on public.profiles for update using (id = auth.uid());
create policy ours on public.papers for select using (org_id = (select org_id from public.profiles where id = auth.uid()));
grant select on public.profiles, public.papers to authenticated;
grant update (name) on public.profiles to authenticated;
```

A function in between changes nothing, nor does it help to set the column when the row is made.

```sql
create table public.profiles (id uuid primary key references auth.users, email text, name text);
create table public.staff (email text primary key);
create table public.papers (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.profiles enable row level security;
alter table public.staff enable row level security;
alter table public.papers enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create policy make on public.profiles for insert with check (id = auth.uid());  -- flagged
create function public.is_staff() returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.staff s join public.profiles p on p.email = s.email where p.id = auth.uid()) $$;
create policy staff on public.papers for select using (user_id = auth.uid() or public.is_staff());
grant select, insert on public.profiles to authenticated;
grant select on public.papers to authenticated;
```

A check that says what the column may become is as good as a grant. What nobody else may have, as it is unique, gives a warning: only what is
still free can be taken. Following somebody is free to all, a name is believed by nobody, and the columns that are known to decide rights or
money have [a rule of their own](own-row-update-covers-privilege.md).

```sql
create table public.orgs (id uuid primary key, owner uuid);
create table public.profiles (id uuid primary key references auth.users, org_id uuid references public.orgs, name text, is_admin boolean);
create table public.follows (follower_id uuid references auth.users, followed_id uuid, primary key (follower_id, followed_id));
create table public.papers (id uuid primary key, user_id uuid references auth.users, org_id uuid references public.orgs, body text);
alter table public.profiles enable row level security;
alter table public.follows enable row level security;
alter table public.papers enable row level security;
create policy own on public.profiles for select using (id = auth.uid());
create policy change on public.profiles for update using (id = auth.uid())
  with check (id = auth.uid() and org_id in (select o.id from public.orgs o where o.owner = auth.uid()));
create policy follow on public.follows for all using (follower_id = auth.uid());
create policy ours on public.papers for select using (org_id = (select org_id from public.profiles where id = auth.uid()));
create policy followed on public.papers for select using (
  exists (select 1 from public.follows f where f.follower_id = auth.uid() and f.followed_id = papers.user_id));
grant select, insert, update on public.profiles, public.papers, public.follows to authenticated;
```

Who shares the own document shares what lies below it. A state that lets the user in is nobody's to set for oneself.

```sql
create table public.clubs (id uuid primary key, name text);
create table public.papers (id uuid primary key, user_id uuid references auth.users, visible boolean);
create table public.pages (id uuid primary key, paper_id uuid references public.papers, body text);
create table public.remarks (id uuid primary key, page_id uuid references public.pages, body text);
create table public.passes (id uuid primary key, user_id uuid references auth.users, state text, made_at timestamptz);
create table public.films (id uuid primary key, name text);
alter table public.papers enable row level security;
alter table public.pages enable row level security;
alter table public.remarks enable row level security;
alter table public.passes enable row level security;
alter table public.films enable row level security;
create policy own on public.papers for all using (user_id = auth.uid());
create policy shared on public.pages for select using (
  exists (select 1 from public.papers p where p.id = pages.paper_id and (p.user_id = auth.uid() or p.visible)));
create policy shared on public.remarks for select using (exists (
  select 1 from public.pages g join public.papers p on p.id = g.paper_id
  where g.id = remarks.page_id and (p.user_id = auth.uid() or p.visible)));
create policy own on public.passes for all using (user_id = auth.uid());  -- flagged
create policy with_pass on public.films for select using (
  (select state from public.passes where user_id = auth.uid() order by made_at desc limit 1) = 'paid');
grant select, insert, update on public.papers, public.pages, public.passes, public.films to authenticated;
```

To mend it: `revoke insert, update on public.profiles from anon, authenticated; grant update (name) on public.profiles to authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.believed import Lookup, believed, one_each
from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import listed, open_to, owner_columns, privileged_columns, told
from gate.audit.memberships import groups
from gate.audit.own_rows import guarded, made_at_sign_up, writable
from gate.audit.remedies import columns_only
from gate.audit.replay.conditions import own_row
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def own_row_decides_access(catalog: Catalog) -> Iterator[Hit]:
    """Own-row policies for insert and update on tables that policies of other tables look the caller up in."""
    for table in catalog.tables.values():
        asked = believed(catalog, table) if table.rls and table.name not in catalog.platform else {}
        columns = [name for name in asked if _decides(catalog, table, name)]
        found = [
            (policy, written)
            for policy in table.policies.values()
            if (written := [name for name in columns if _settable(catalog, table, policy, name)])
        ]
        if found:
            named = list(dict.fromkeys(name for _, written in found for name in written))
            yield _hit(catalog, table, [policy for policy, _ in found], named, asked[named[0]])


def _decides(catalog: Catalog, table: Table, column: str) -> bool:
    """Whether the column is free to hold anything, and no other rule's."""
    if column in privileged_columns(catalog, table) or column in groups(catalog, table):
        return False
    keys = {name for key in table.foreign_keys for name in key.columns}
    tied = column in keys or table.columns[column].type == "uuid"
    return column not in table.primary_key and (one_each(catalog, table) or not tied)


def _settable(catalog: Catalog, table: Table, policy: Policy, column: str) -> bool:
    """Whether the policy lets users write the column of their own row as they like."""
    for verb in ("update", "insert"):
        node = policy.check_node if policy.check_node is not None else policy.using_node
        if not (policy.permissive and policy.covers(verb) and own_row(node)) or column in policy.check:
            continue
        if verb == "insert" and made_at_sign_up(catalog, table):
            continue
        if open_to(catalog, table, policy, verb.upper()) and writable(catalog, table, column, verb.upper()):
            return not guarded(catalog, table, column)
    return False


def _hit(catalog: Catalog, table: Table, policies: list[Policy], columns: list[str], lookup: Lookup) -> Hit:
    message = (
        f"{told(policies)} users write their own {listed(columns)} in {table.name}, "
        f"which policy {lookup.policy!r} of {lookup.believer} believes"
    )
    kept = {*columns, *owner_columns(catalog, table), *table.primary_key, *privileged_columns(catalog, table)}
    verbs = [verb for verb in ("insert", "update") if any(one.covers(verb) for one in policies)]
    harmless = [name for name in table.columns if name not in kept]
    own = [*table.primary_key, *owner_columns(catalog, table)]
    lines = [
        columns_only(table, (verb,), dict.fromkeys([*own, *harmless] if verb == "insert" else harmless))
        for verb in verbs
    ]
    severity = Severity.WARNING if all(_unique(catalog, table, one) for one in columns) else None
    return Hit(policies[0].place, message, str(table.name), severity=severity, remedy="\n".join(lines))


def _unique(catalog: Catalog, table: Table, column: str) -> bool:
    """Whether no two rows may hold the same there."""
    return any(one.unique and one.table == table.name and one.keys == (column,) for one in catalog.indexes.values())
