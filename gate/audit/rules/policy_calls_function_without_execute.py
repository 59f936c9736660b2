"""A policy calls a function that its users may not execute, so that their queries fail.

Postgres answers 42501, "permission denied for function". It is what remains after EXECUTE was revoked from a helper of the
policies, as advice on functions with their owner's rights has it.

```sql
create table public.notes (id uuid primary key, team uuid);
alter table public.notes enable row level security;
create function public.in_team(team uuid) returns boolean language sql stable security definer set search_path = '' as 'select true';
create policy team on public.notes for select to authenticated using (public.in_team(team));  -- flagged
revoke execute on function public.in_team(uuid) from public, anon, authenticated;
grant select on public.notes to authenticated;
```

Leave it to those whom the policy serves.

```sql
create table public.notes (id uuid primary key, team uuid);
alter table public.notes enable row level security;
create function public.in_team(team uuid) returns boolean language sql stable security definer set search_path = '' as 'select true';
create policy team on public.notes for select to authenticated using (public.in_team(team));
revoke execute on function public.in_team(uuid) from public, anon;
grant execute on function public.in_team(uuid) to authenticated;
grant select on public.notes to authenticated;
```

That strangers get an error where they would get no row is as good as refused.

```sql
create table public.notes (id uuid primary key, team uuid);
alter table public.notes enable row level security;
create function public.in_team(team uuid) returns boolean language sql stable security definer set search_path = '' as 'select true';
create policy team on public.notes for select using (public.in_team(team));
revoke execute on function public.in_team(uuid) from public, anon;
grant execute on function public.in_team(uuid) to authenticated;
grant select on public.notes to anon, authenticated;
```

To mend it: `grant execute on function public.in_team(uuid) to authenticated;`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import PUBLIC, Catalog, Name
from gate.audit.meaning import open_to
from gate.audit.quoting import callable_signature
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def policy_calls_function_without_execute(catalog: Catalog) -> Iterator[Hit]:
    """Policies for signed-in users that call a function which none of them may execute, in any of its forms."""
    for table, policy in catalog.policies():
        verbs = ("SELECT", "INSERT", "UPDATE", "DELETE") if policy.command == "all" else (policy.command.upper(),)
        if not table.rls or not any("authenticated" in open_to(catalog, table, policy, verb) for verb in verbs):
            continue
        closed = sorted(name for name in policy.calls if _closed(catalog, name))
        if closed:
            message = f"policy {policy.name!r} on {table.name} calls {closed[0]}, which signed-in users may not execute"
            text = policy.using + policy.check
            remedy = _granted(catalog, closed)
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, remedy=remedy)


def _granted(catalog: Catalog, names: list[Name]) -> str | None:
    forms = [callable_signature(catalog, one) for one in catalog.functions.values() if one.name in names]
    lines = [f"grant execute on function {form} to authenticated;" for form in forms if form]
    return "\n".join(lines) if len(lines) == len(forms) else None


def _closed(catalog: Catalog, name: Name) -> bool:
    forms = catalog.functions.named(name)
    held = {*catalog.identities("authenticated"), PUBLIC}
    return bool(forms) and not any("EXECUTE" in one.acl.grants.get(role, ()) for one in forms for role in held)
