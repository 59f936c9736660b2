"""A policy asks whether somebody is a member or an administrator, and not whether the caller is.

The sub-select finds the row of anybody: as soon as one administrator exists, everyone passes.

```sql
create table public.profiles (id uuid primary key references auth.users, role text);
create table public.reports (id uuid primary key, body text);
alter table public.profiles enable row level security;
alter table public.reports enable row level security;
create policy see on public.profiles for select using (true);
create policy admins on public.reports for select using (  -- flagged
  exists (select 1 from public.profiles where role = 'admin'));
grant select on public.profiles, public.reports to authenticated;
```

Say whose row it must be.

```sql
create table public.profiles (id uuid primary key references auth.users, role text);
create table public.reports (id uuid primary key, body text);
alter table public.profiles enable row level security;
alter table public.reports enable row level security;
create policy see on public.profiles for select using (true);
create policy admins on public.reports for select using (
  exists (select 1 from public.profiles where id = auth.uid() and role = 'admin'));
grant select on public.profiles, public.reports to authenticated;
```

A list of members that is not compared with the caller lets in everybody for every group that has a member.

```sql
create table public.teams (id uuid primary key, name text);
create table public.members (team_id uuid references public.teams, user_id uuid, primary key (team_id, user_id));
alter table public.teams enable row level security;
create policy team on public.teams for select using (  -- flagged
  exists (select 1 from public.members where members.team_id = teams.id));
grant select on public.members, public.teams to authenticated;
```

Where the policies of the inner table show only the caller's own rows, the sub-select finds no others.

```sql
create table public.teams (id uuid primary key, name text);
create table public.members (team_id uuid references public.teams, user_id uuid, primary key (team_id, user_id));
alter table public.members enable row level security;
alter table public.teams enable row level security;
create policy own on public.members for select using (user_id = auth.uid());
create policy team on public.teams for select using (
  exists (select 1 from public.members where members.team_id = teams.id));
grant select on public.members, public.teams to authenticated;
```

A row of a thing that is published is no person.

```sql
create table public.posts (id uuid primary key, author_id uuid references auth.users, published boolean);
create table public.comments (id uuid primary key, post uuid, body text);
alter table public.posts enable row level security;
alter table public.comments enable row level security;
create policy see on public.posts for select using (true);
create policy see on public.comments for select using (exists (select 1 from public.posts where posts.id = post and published));
grant select on public.posts, public.comments to anon;
```

Who may change or delete for a reason that holds for everybody may do it to all rows.

```sql
create table public.apps (id uuid primary key, name text, active boolean);
create table public.hooks (id uuid primary key, app uuid references public.apps, address text);
alter table public.apps enable row level security;
alter table public.hooks enable row level security;
create policy see on public.apps for select using (true);
create policy own on public.hooks for delete using (app in (select id from public.apps where active));  -- flagged
create policy change on public.hooks for update using (app in (select id from public.apps where active));
create policy see on public.hooks for select using (app in (select id from public.apps where active));
grant select, update, delete on public.apps, public.hooks to authenticated;
```

To mend it: add `and user_id = auth.uid()` to the sub-select.

Peers: none; pgrls SEC036 for auth.users
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Name, Policy, Table
from gate.audit.meaning import Helpers, bound, checks_caller, helpers, names, open_to, told, whole_table
from gate.audit.memberships import groups
from gate.audit.replay import parser
from gate.audit.replay.conditions import alternatives
from gate.finding import Hit, Severity
from gate.rule import rule

CHANGES = {"update", "delete", "all"}


@rule(Severity.ERROR)
def policy_subquery_not_bound_to_caller(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies with an alternative that asks without the caller, one finding per table and table asked."""
    known = helpers(catalog)
    found: dict[tuple[Name, Name], list[Policy]] = {}
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and policy.relations):
            continue
        who = _served(catalog, policy)
        asked = next(_unbound(catalog, known, policy, who), None) if who else None
        if asked:
            found.setdefault((table.name, asked), []).append(policy)
    for (name, asked), policies in found.items():
        first = policies[0]
        who = tuple({role for one in policies for role in _served(catalog, one)})
        message = (
            f"{told(policies)} {names(who)} through on {name} as soon as {asked} holds any such row: "
            "the sub-select does not ask for the caller's"
        )
        yield Hit(first.place, message, f"{name} policy {first.name}", f"{first.using}|{first.check}")


def _served(catalog: Catalog, policy: Policy) -> tuple[str, ...]:
    verb = "SELECT" if policy.command == "all" else policy.command.upper()
    return open_to(catalog, catalog.tables[policy.table], policy, verb)


def _unbound(catalog: Catalog, known: Helpers, policy: Policy, who: tuple[str, ...]) -> Iterator[Name]:
    """The tables that an alternative asks without the caller: of people, or any where rows are changed for that reason."""
    for node in policy.expressions():
        for one in alternatives(node):
            if bound(known, one) or checks_caller(known, parser.expression(one)):
                continue
            inner = {Name(r.schemaname, r.relname) for r in parser.walk(one) if parser.kind(r) == "RangeVar"}
            asked = [catalog.tables[name] for name in sorted(inner) if name in catalog.tables]
            if not asked or len(asked) < len(inner) or not all(_seen(catalog, table, who) for table in asked):
                continue
            if policy.command in CHANGES or all(_of_people(catalog, table, parser.expression(one)) for table in asked):
                yield from (table.name for table in asked)


def _of_people(catalog: Catalog, table: Table, text: str) -> bool:
    """Whether a row makes somebody a member, or gives a right that the condition asks for."""
    rights = [one for one in table.columns if one in catalog.config.privileged_columns and one in text]
    return bool(groups(catalog, table) or (rights and table.foreign_keys))


def _seen(catalog: Catalog, table: Table, who: tuple[str, ...]) -> bool:
    """Whether those who ask see everybody's rows there."""
    if not table.rls:
        return any(role in catalog.reaches(table, "SELECT") for role in who)
    return any(whole_table(table, role) for role in API_ROLES if role in who)
