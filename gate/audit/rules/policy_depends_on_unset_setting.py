"""A policy asks a setting of the connection that the API never makes.

`current_setting('app.tenant')` is empty for every request that comes through the API: the rows cannot be read, or all of them can
where the condition takes nothing for a match. Where a function lets the caller set it, the caller chooses whose rows those are.

```sql
create table public.orders (id uuid primary key, tenant text);
alter table public.orders enable row level security;
create policy tenant on public.orders for select using (tenant = current_setting('app.tenant', true));  -- flagged
grant select on public.orders to authenticated;
```

That is an error.

```sql
create table public.orders (id uuid primary key, tenant text);
alter table public.orders enable row level security;
create policy tenant on public.orders for select using (tenant = current_setting('app.tenant', true));  -- flagged
create function public.choose(p_tenant text) returns void language sql set search_path = '' as $$
  select set_config('app.tenant', p_tenant, false) $$;
grant select on public.orders to authenticated;
```

The claims of the token are made for every request, and a policy for a role of the server's own is the server's affair.

```sql
create table public.orders (id uuid primary key, tenant text);
alter table public.orders enable row level security;
create role worker;
create policy own on public.orders for select using (tenant = current_setting('request.jwt.claims', true)::json ->> 'tenant');
create policy tenant on public.orders for select to worker using (tenant = current_setting('app.tenant', true));
grant select on public.orders to authenticated;
```

Beside a condition on the signed-in user it opens nothing.

```sql
create table public.orders (id uuid primary key, tenant text, user_id uuid);
alter table public.orders enable row level security;
create policy own on public.orders for select using (user_id = auth.uid() and tenant = current_setting('app.tenant', true));
grant select on public.orders to authenticated;
```

To mend it: `alter policy tenant on public.orders using (tenant = auth.jwt() -> 'app_metadata' ->> 'tenant');`

Peers: pgrls SEC019, SEC024, SEC055
"""

import re
from collections.abc import Iterator

from gate.audit.bodies import callers
from gate.audit.catalog import Catalog, Function, Name, Policy
from gate.audit.meaning import any_signed_in, open_to, plain
from gate.audit.replay.conditions import alternatives, demands
from gate.audit.replay.parser import expression
from gate.finding import Hit, Severity
from gate.rule import rule

ASKED = re.compile(r"current_setting\(\s*'(?!request\.|role\b)(\w+\.[\w.]+)'", re.IGNORECASE)
SIGNED = re.compile(r"auth\.(uid|jwt|email)\(\)|request\.jwt", re.IGNORECASE)
CHOSEN = r"set_config\(\s*'{}'\s*,\s*(?:\(?\s*)?({})\b"
ANY = r"set_config\(\s*({})\b"


@rule(Severity.ERROR)
def policy_depends_on_unset_setting(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies within reach that rest on a custom setting, themselves or in a function that they call."""
    asking = {f.name: found.group(1) for f in catalog.functions.values() if (found := ASKED.search(plain(f.body)))}
    for table, policy in catalog.policies():
        verb = "SELECT" if policy.command == "all" else policy.command.upper()
        setting = _asked(policy, asking)
        if not setting or not (policy.permissive and table.rls and open_to(catalog, table, policy, verb)):
            continue
        setter = next((one for one in catalog.functions.values() if _sets(catalog, one, setting)), None)
        if all(map(_asks_the_token, policy.expressions())):
            continue
        how = f"which callers set by {setter.signature}" if setter else "which the API never sets"
        message = f"policy {policy.name!r} on {table.name} rests on the setting {setting!r}, {how}"
        text = f"{policy.using}|{policy.check}"
        severity = None if setter else Severity.WARNING
        yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, severity)


def _asked(policy: Policy, asking: dict[Name, str]) -> str | None:
    found = ASKED.search(policy.using + policy.check)
    return found.group(1) if found else next((asking[name] for name in policy.calls if name in asking), None)


def _asks_the_token(node: object) -> bool:
    """Whether every alternative asks for the signed-in user as well."""
    return all(
        any(SIGNED.search(text) and not any_signed_in(text) for text in map(expression, demands(one)))
        for one in alternatives(node)
    )


def _sets(catalog: Catalog, function: Function, setting: str) -> bool:
    """Whether callers choose the setting's value by calling a function."""
    if "set_config" not in function.body or not callers(catalog, function):
        return False
    words = "|".join(re.escape(name) for name, _ in function.arguments if name) or "$^"
    body = plain(function.body)
    patterns = (CHOSEN.format(re.escape(setting), words), ANY.format(words))
    return any(re.search(pattern, body, re.IGNORECASE) for pattern in patterns)
