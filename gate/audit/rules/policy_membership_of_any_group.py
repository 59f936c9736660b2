"""A policy asks whether the caller is a member of a group, or owns something, and not of the group or thing that the row belongs to.

Whoever is a member anywhere passes for the rows of every team: an account with a team of its own reads those of all others.

```sql
create table public.teams (id uuid primary key, name text);
create table public.members (team_id uuid references public.teams, user_id uuid, primary key (team_id, user_id));
create table public.papers (id uuid primary key, team_id uuid references public.teams, body text);
alter table public.members enable row level security;
alter table public.papers enable row level security;
create policy own on public.members for select using (user_id = auth.uid());
create policy members on public.papers for select using (  -- flagged
  exists (select 1 from public.members where user_id = auth.uid()));
create policy change on public.papers for update using (auth.uid() in (select user_id from public.members));  -- flagged
grant select, update on public.members, public.papers to authenticated;
```

Ask for the row's team.

```sql
create table public.teams (id uuid primary key, name text);
create table public.members (team_id uuid references public.teams, user_id uuid, primary key (team_id, user_id));
create table public.papers (id uuid primary key, team_id uuid references public.teams, body text);
alter table public.members enable row level security;
alter table public.papers enable row level security;
create policy own on public.members for select using (user_id = auth.uid());
create policy members on public.papers for select using (
  exists (select 1 from public.members m where m.user_id = auth.uid() and m.team_id = papers.team_id));
create policy change on public.papers for update using (
  team_id in (select m.team_id from public.members m where m.user_id = auth.uid()));
grant select, update on public.members, public.papers to authenticated;
```

So it is with what belongs to a thing of somebody's: to own any project opens the tasks of all.

```sql
create table public.projects (id uuid primary key, owner_id uuid references auth.users);
create table public.tasks (id uuid primary key, project_id uuid references public.projects, title text);
create table public.steps (id uuid primary key, project_id uuid references public.projects, title text);
create table public.profiles (id uuid primary key references auth.users, name text);
create table public.drafts (id uuid primary key, author uuid references public.profiles, title text);
alter table public.projects enable row level security;
alter table public.tasks enable row level security;
alter table public.steps enable row level security;
alter table public.drafts enable row level security;
create policy own on public.projects using (owner_id = auth.uid());
create policy own on public.tasks using (exists (select 1 from public.projects p where p.owner_id = auth.uid()));  -- flagged
create policy own on public.steps using (exists (select 1 from public.projects p where p.id = project_id and p.owner_id = auth.uid()));
create policy anyone on public.drafts for select using (exists (select 1 from public.profiles p where p.id = auth.uid()));
grant select, insert, update, delete on public.projects, public.tasks, public.steps, public.drafts to authenticated;
```

A row that belongs to no group is for all members, and a role that is asked for may be one over all groups.

```sql
create table public.teams (id uuid primary key, name text);
create table public.members (team_id uuid references public.teams, user_id uuid, role text, primary key (team_id, user_id));
create table public.papers (id uuid primary key, team_id uuid references public.teams, body text);
create table public.notices (id uuid primary key, body text);
alter table public.members enable row level security;
alter table public.papers enable row level security;
alter table public.notices enable row level security;
create policy own on public.members for select using (user_id = auth.uid());
create policy members on public.notices for select using (exists (select 1 from public.members where user_id = auth.uid()));
create policy staff on public.papers for select using (
  exists (select 1 from public.members where user_id = auth.uid() and role = 'support'));
grant select on public.members, public.papers, public.notices to authenticated;
```

To mend it: `alter policy members on public.papers using (team_id in (
  select m.team_id from public.members m where m.user_id = auth.uid()));`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.believed import one_each
from gate.audit.catalog import Catalog, Name, Policy, Table
from gate.audit.meaning import open_to
from gate.audit.memberships import groups
from gate.audit.quoting import quoted
from gate.audit.remedies import altered, among_own, own_row, within_own
from gate.audit.replay import parser
from gate.audit.replay.comparisons import self_comparisons
from gate.audit.replay.conditions import alternatives, demands
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_membership_of_any_group(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies with an alternative that asks for a membership without any column of the row."""
    for table, policy in catalog.policies():
        if not (policy.permissive and table.rls and policy.relations) or table.name in catalog.platform:
            continue
        verb = "SELECT" if policy.command == "all" else policy.command.upper()
        who = open_to(catalog, table, policy, verb)
        if who and any(self_comparisons(catalog, policy)):
            continue  # a name that was caught by the inner query: told as that
        for members, group in _loose(catalog, table, policy) if who else ():
            owned = group not in groups(catalog, members)
            whom = f"whoever owns anything in {members.name}" if owned else f"the members of any {group}"
            asked = f"for {group}" if owned else f"{members.name} for that"
            message = f"policy {policy.name!r} on {table.name} serves {whom}: it does not ask {asked} of the row"
            text = f"{policy.using}|{policy.check}"
            remedy = _remedy(catalog, policy, members, group)
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)
            break


def _loose(catalog: Catalog, table: Table, policy: Policy) -> Iterator[tuple[Table, str]]:
    """The table that is asked, of memberships or of what the row belongs to, and the row's column, for each such alternative."""
    for node in policy.expressions():
        for one in alternatives(node):
            parts = list(demands(one))
            asked = {Name(r.schemaname, r.relname) for r in parser.walk(one) if parser.kind(r) == "RangeVar"}
            members = catalog.tables.get(next(iter(asked))) if len(asked) == 1 else None
            if members is None or members.name == table.name or not all(map(_asks_for_caller, parts)):
                continue
            group = next((column for column in groups(catalog, members) if column in table.columns), None)
            group = group or _belonging(catalog, table, members)
            if group and not _of_the_row(one, table, members) and not _asks_for_right(catalog, one, members):
                yield members, group


def _belonging(catalog: Catalog, table: Table, parent: Table) -> str | None:
    """The column by which a row belongs to one of somebody's many in the other table."""
    keys = (key.columns[0] for key in table.foreign_keys if key.target == parent.name and len(key.columns) == 1)
    owned = own_row(catalog, parent) is not None and not one_each(catalog, parent)
    return next(keys, None) if owned else None


def _asks_for_caller(part: object) -> bool:
    """Whether a demand is a sub-select about the caller, and nothing of it asks a function of the project."""
    kinds = [parser.kind(one) for one in parser.walk(part)]
    called = [parser.strings(one.funcname) for one in parser.walk(part) if parser.kind(one) == "FuncCall"]
    return "SubLink" in kinds and ("auth", "uid") in called and all(names[0] == "auth" for names in called)


def _of_the_row(node: object, table: Table, members: Table) -> bool:
    """Whether a condition mentions a column that is not the other table's."""
    for one in parser.walk(node):
        if parser.kind(one) == "ColumnRef":
            *prefix, column = parser.strings(one.fields) or ("",)
            if prefix and prefix[-1] == table.name.name:
                return True
            if not prefix and column not in members.columns:
                return True  # or one that is nowhere: told as that
        if parser.kind(one) == "SubLink" and any(
            parser.kind(part) == "ColumnRef" for part in parser.walk(one.testexpr)
        ):
            return True
    return False


def _asks_for_right(catalog: Catalog, node: object, members: Table) -> bool:
    named = {
        parser.strings(one.fields)[-1] for one in parser.walk(node) if parser.kind(one) == "ColumnRef" and one.fields
    }
    return bool(named & set(catalog.config.privileged_columns) & set(members.columns))


def _remedy(catalog: Catalog, policy: Policy, members: Table, group: str) -> str | None:
    """The group of the row among those of the caller, where the policy asks nothing else."""
    if any(len(list(alternatives(node))) > 1 for node in policy.expressions()):
        return None
    if group not in groups(catalog, members):
        return _owned(catalog, policy, members, group)
    owner = next((one for one in ("user_id", "profile_id", "member_id") if one in members.columns), None)
    if owner is None:
        return None
    condition = among_own(members, group, owner)
    return altered(policy, condition, condition)


def _owned(catalog: Catalog, policy: Policy, parent: Table, column: str) -> str | None:
    """What the row belongs to is the caller's."""
    table, owner = catalog.tables[policy.table], own_row(catalog, parent)
    key = next(key for key in table.foreign_keys if key.target == parent.name and key.columns == (column,))
    if owner is None or len(key.target_columns) != 1:
        return None
    condition = within_own(parent, key.target_columns[0], f"{quoted(table.name.name)}.{quoted(column)}", owner)
    return altered(policy, condition, condition)
