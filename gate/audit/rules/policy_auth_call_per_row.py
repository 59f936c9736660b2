"""Policies ask who the caller is once for every row.

Written as `(select auth.uid())` Postgres asks once for the whole query. On a table with many rows that is the difference between
milliseconds and a timeout.

```sql
create table public.notes (id uuid primary key, owner uuid);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = auth.uid());  -- flagged
grant select on public.notes to authenticated;
```

```sql
create table public.notes (id uuid primary key, owner uuid);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
create policy add on public.notes for insert to authenticated with check (owner = auth.uid());
grant select, insert on public.notes to authenticated;
```

A new row is one row: WITH CHECK alone is left out. One finding tells of all policies.

To mend it: `alter policy own on public.notes using (owner = (select auth.uid()));`

Peers: pgrls PERF001; splinter 0003; rlsautotest L019
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import counted
from gate.audit.remedies import altered, pasted
from gate.finding import Hit, Severity
from gate.rule import rule

WRAPPED = re.compile(r"\(\s*SELECT\s+auth\.(?:uid|jwt|role|email)\(\)[^()]*\)", re.IGNORECASE)
CALL = re.compile(r"auth\.(?:uid|jwt|role|email)\(\)", re.IGNORECASE)


@rule(Severity.NOTE)
def policy_auth_call_per_row(catalog: Catalog) -> Iterator[Hit]:
    """Policies that read rows and call the functions of auth outside of a sub-select; one finding for the project."""
    found = [
        policy
        for table, policy in catalog.policies()
        if table.rls and table.name not in catalog.platform and CALL.search(WRAPPED.sub("", policy.using))
    ]
    if found:
        tables = counted(list(dict.fromkeys(str(policy.table) for policy in found)))
        many = f"{len(found)} policies ask" if len(found) > 1 else f"policy {found[0].name!r} asks"
        lines = [altered(policy, CALL.sub(_wrapped, WRAPPED.sub(_plain, policy.using))) for policy in found]
        remedy = pasted(lines)
        yield Hit(found[0].place, f"{many} who the caller is for every row of {tables}", "policies", remedy=remedy)


def _plain(found: "re.Match[str]") -> str:
    call = CALL.search(found.group())
    return call.group() if call else found.group()


def _wrapped(found: "re.Match[str]") -> str:
    return f"(select {found.group().lower()})"
