"""Policies let a role in that has no privilege on the table.

Where the platform grants nothing by itself, every request of that role ends with 42501, in production as well as in every database
that is built from these files.

```sql
-- regime: explicit
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));  -- flagged
```

```sql
create table public.notes (id uuid primary key, owner uuid);
alter table public.notes enable row level security;
create policy own on public.notes for select to authenticated using (owner = (select auth.uid()));
grant select on public.notes to authenticated;
create policy change on public.notes for update to authenticated using (owner = (select auth.uid()));  -- on purpose without
create table public.jobs (id uuid primary key);
alter table public.jobs enable row level security;
create policy server on public.jobs to service_role using (true);
```

What a GRANT on the table leaves out is left out on purpose. Where the project does not say that nothing is granted by itself
(`auto_expose_new_tables` in `supabase/config.toml`), it is a note: it works as long as the platform grants.

To mend it: `grant select on public.notes to authenticated;`, for each privilege that a policy speaks about.

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Policy, Table
from gate.audit.meaning import counted
from gate.audit.quoting import spelled
from gate.audit.remedies import pasted
from gate.finding import Hit, Severity
from gate.rule import rule

VERBS = ("select", "insert", "update", "delete")


@rule(Severity.ERROR)
def grant_missing_for_api_role(catalog: Catalog) -> Iterator[Hit]:
    """Tables with policies for a role that cannot use them; one finding for the project, with every grant that is missing."""
    if catalog.regime != "explicit":
        return
    lacking = [
        (table, policy, role, verbs)
        for table, policy in catalog.policies()
        if table.rls and policy.permissive and not _never(policy) and catalog.exposed(table.name.schema)
        for role in API_ROLES
        if role in policy.roles
        for verbs in [_lacking(catalog, table, policy, role)]
        if verbs
    ]
    if lacking:
        names = counted(list(dict.fromkeys(str(table.name) for table, *_ in lacking)))
        first = lacking[0]
        grants = dict.fromkeys(
            f"grant {', '.join(verbs)} on {spelled(table.name)} to {role};" for table, _, role, verbs in lacking
        )
        message = f"policy {first[1].name!r} is for {first[2]}, who has no privilege for it on {names}"
        severity = Severity.NOTE if "auto" in catalog.config.regimes else None
        yield Hit(first[1].place, message, "grants", severity=severity, remedy=pasted(grants))


def _never(policy: Policy) -> bool:
    """Whether the policy is there to let nobody through."""
    return (policy.using or policy.check).strip("()").lower() == "false"


def _lacking(catalog: Catalog, table: Table, policy: Policy, role: str) -> tuple[str, ...]:
    """What the policy speaks about, where the role can use the schema and nothing of the table."""
    home = catalog.schemas[table.name.schema]
    usable = any("USAGE" in home.acl.grants.get(one, ()) for one in catalog.identities(role))
    holds = any(catalog.may(role, verb.upper(), table.acl, table.name.schema) for verb in VERBS)
    return () if holds or not usable else VERBS if policy.command == "all" else (policy.command,)
