"""A policy's sub-select compares a column with itself, which is always true.

Inside a sub-select a bare name means a column of the inner table first. `members.team_id = team_id` then never looks at the
row that is asked for: whoever is a member of any team passes for all teams.

```sql
create table public.members (team_id uuid, user_id uuid, primary key (team_id, user_id));
create table public.papers (id uuid primary key, team_id uuid);
alter table public.members enable row level security;
alter table public.papers enable row level security;
create policy team on public.papers for select using (  -- flagged
  exists (select 1 from public.members where members.team_id = team_id and members.user_id = auth.uid()));
grant select on public.members, public.papers to authenticated;
```

Name the outer table.

```sql
create table public.members (team_id uuid, user_id uuid, primary key (team_id, user_id));
create table public.papers (id uuid primary key, team_id uuid);
alter table public.members enable row level security;
alter table public.papers enable row level security;
create policy team on public.papers for select using (
  exists (select 1 from public.members where members.team_id = papers.team_id and members.user_id = auth.uid()));
grant select on public.members, public.papers to authenticated;
```

A name that the inner table does not have is the outer one's, and two aliases of one table are two rows.

```sql
create table public.members (id uuid primary key, team uuid, user_id uuid);
create table public.papers (id uuid primary key, team_id uuid);
alter table public.papers enable row level security;
create policy team on public.papers for select using (
  exists (select 1 from public.members m join public.members n on m.team = n.team
    where m.team = team_id and n.user_id = auth.uid()));
alter table public.members enable row level security;
grant select on public.papers to authenticated;
```

To mend it, write the outer table's name:

    alter policy team on public.papers using (exists (
      select 1 from public.members where members.team_id = papers.team_id and members.user_id = auth.uid()));

Peers: none; pgrls SEC005 sees some
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import open_to
from gate.audit.replay.comparisons import self_comparisons
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def policy_compares_column_with_itself(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies within reach with an equality of a column and itself."""
    for table, policy in catalog.policies():
        verbs = ("SELECT", "INSERT", "UPDATE", "DELETE") if policy.command == "all" else (policy.command.upper(),)
        if not (policy.permissive and table.rls and any(open_to(catalog, table, policy, verb) for verb in verbs)):
            continue
        for relation, column in list(dict.fromkeys(self_comparisons(catalog, policy)))[:1]:
            message = (
                f"policy {policy.name!r} on {table.name} compares {relation}.{column} with itself: "
                "it holds for every row, not for the one that is asked for"
            )
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.using + policy.check)
