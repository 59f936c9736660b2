"""A policy lets anyone change or add any row.

Somebody else's rows are changed, deleted, or added in their name. Often it was meant for the server: but `service_role` passes
row level security anyway, so a policy without `to service_role` only opens the door to everybody else.

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy "service role" on public.jobs for all using (true);  -- flagged
grant select, insert, update, delete on public.jobs to authenticated;
```

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy "service role" on public.jobs for all to service_role using (true);
create policy own on public.jobs for insert to authenticated with check (owner = auth.uid());
grant select, insert, update, delete on public.jobs to authenticated;
```

A restrictive policy may limit it.

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy all_of_it on public.jobs for insert with check (true);
create policy floor on public.jobs as restrictive for insert with check (owner = auth.uid());
grant insert on public.jobs to authenticated;
```

Adding rows that belong to nobody, as a newsletter's form does, is a warning: anyone can fill the table.

```sql
create table public.subscribers (id uuid primary key, email text);
alter table public.subscribers enable row level security;
create policy sign_up on public.subscribers for insert with check (true);  -- flagged
grant insert on public.subscribers to anon;
```

So are rows that look like a form's, though they name an owner.

```sql
create table public.bug_reports (id uuid primary key, user_id uuid references auth.users, text text);
alter table public.bug_reports enable row level security;
create policy report on public.bug_reports for insert with check (true);  -- flagged
grant insert on public.bug_reports to anon;
```

What several policies of a table open is one finding.

```sql
create table public.jobs (id uuid primary key, owner uuid);
alter table public.jobs enable row level security;
create policy change on public.jobs for update using (true);  -- flagged
create policy remove on public.jobs for delete using (true);
grant update, delete on public.jobs to authenticated;
```

Files have a rule of their own.

```sql
create policy files on storage.objects for insert with check (true);
```

To mend it: tie the row to the caller, as in `with check (owner = auth.uid())`, or drop the policy.

Peers: pgrls SEC008, SEC011, SEC020, SEC028, SEC039; splinter 0024
"""

import re
from collections.abc import Iterable, Iterator

from gate.audit.catalog import Catalog, Policy, Table
from gate.audit.meaning import always_true, listed, names, open_to, personal, to_whom, told
from gate.audit.remedies import altered, dropped, own_row, together
from gate.finding import Hit, Severity
from gate.rule import rule

SERVER = re.compile(r"service|server|backend|worker|system|webhook", re.IGNORECASE)
VERBS = {"insert": "add", "update": "change", "delete": "delete"}
FORM = re.compile(
    r"bug_?report|feedback|contact|lead|wait_?list|subscriber|newsletter|inquir|visitor|page_?view", re.IGNORECASE
)


@rule(Severity.ERROR)
def policy_always_true_write(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies whose deciding condition is always true, one finding per table."""
    for table in catalog.tables.values():
        if not table.rls or table.name in catalog.platform:
            continue
        found: dict[str, dict[str, list[Policy]]] = {}
        for verb, policy in _open(table):
            who = open_to(catalog, table, policy, verb.upper())
            if who:
                found.setdefault(names(who), {}).setdefault(verb, []).append(policy)
        if not found:
            continue
        policies = _distinct(one for verbs in found.values() for several in verbs.values() for one in several)
        deeds = listed([_deed(audience, verbs) for audience, verbs in found.items()])
        owned = ", whoever they belong to" if personal(catalog, table) else ""
        added = all(list(verbs) == ["insert"] for verbs in found.values())
        severity = Severity.WARNING if added and _form(catalog, table, policies) else None
        yield Hit(
            policies[0].place,
            f"{deeds} rows of {table.name}{owned}",
            str(table.name),
            to_whom(one for _, one in _open(table)),
            severity,
            remedy=together(_remedy(catalog, table, one) for one in policies),
        )


def _open(table: Table) -> Iterator[tuple[str, Policy]]:
    """The verbs that are open to everyone, each with a policy that opens it."""
    for policy in table.policies.values():
        for verb in VERBS:
            if policy.permissive and policy.covers(verb) and always_true(_deciding(policy, verb)):
                yield verb, policy


def _deed(audience: str, verbs: dict[str, list[Policy]]) -> str:
    """Who may do what by which policies."""
    policies = _distinct(one for several in verbs.values() for one in several)
    return f"{told(policies)} {audience} {listed([words for verb, words in VERBS.items() if verb in verbs])}"


def _distinct(policies: Iterable[Policy]) -> list[Policy]:
    return list({one.name: one for one in policies}.values())


def _form(catalog: Catalog, table: Table, policies: list[Policy]) -> bool:
    """Whether rows are only added, and to what looks like a form's table: it belongs to nobody, or is called so."""
    added = all(one.command == "insert" for one in policies)
    return added and (not personal(catalog, table) or bool(FORM.search(table.name.name)))


def _deciding(policy: Policy, verb: str) -> str:
    if verb == "insert":
        return policy.check if policy.command == "insert" else policy.checks()
    return policy.using


def _remedy(catalog: Catalog, table: Table, policy: Policy) -> str | None:
    """The server needs no policy; one for people asks whose row it is."""
    if SERVER.search(policy.name):
        return dropped(policy)
    own = own_row(catalog, table)
    return altered(policy, using=own, check=own) if own else None
