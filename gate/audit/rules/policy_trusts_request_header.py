"""A policy believes a header or cookie of the request.

The caller writes the headers: whoever sends the tenant's id is the tenant.

```sql
create table public.orders (id uuid primary key, tenant text);
alter table public.orders enable row level security;
create policy tenant on public.orders for select  -- flagged
  using (tenant = current_setting('request.headers', true)::json ->> 'x-tenant');
grant select on public.orders to anon;
```

The claims of the token are signed.

```sql
create table public.orders (id uuid primary key, tenant text);
alter table public.orders enable row level security;
create policy tenant on public.orders for select
  using (tenant = current_setting('request.jwt.claims', true)::json -> 'app_metadata' ->> 'tenant');
grant select on public.orders to anon;
```

A header beside a condition on the signed-in user opens nothing.

```sql
create table public.orders (id uuid primary key, tenant text, user_id uuid);
alter table public.orders enable row level security;
create policy own on public.orders for select
  using (user_id = auth.uid() and current_setting('request.headers', true)::json ->> 'x-app' = 'web');
grant select on public.orders to authenticated;
```

To mend it: `alter policy tenant on public.orders using (tenant = auth.jwt() -> 'app_metadata' ->> 'tenant');`

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import CALL, Helpers, helpers, plain
from gate.audit.replay.conditions import alternatives, demands
from gate.audit.replay.parser import expression
from gate.finding import Hit, Severity
from gate.rule import rule

SENT = re.compile(r"request\.(headers?|cookies?)\b", re.IGNORECASE)
SIGNED = re.compile(r"auth\.(uid|jwt|email)\(\)|request\.jwt", re.IGNORECASE)
HASHED = re.compile(r"\b(digest|crypt|hmac|sha256)\(", re.IGNORECASE)


@rule(Severity.ERROR)
def policy_trusts_request_header(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies with an alternative that rests on what the caller sends."""
    known = helpers(catalog)
    reading = {function.name for function in catalog.functions.values() if SENT.search(function.body)}
    for table, policy in catalog.policies():
        named = SENT.search(policy.using + policy.check) or policy.calls & reading
        if not (named and policy.permissive and table.rls and catalog.reaches(table)):
            continue
        if any(_rests_on_it(known, one) for node in policy.expressions() for one in alternatives(node)):
            message = f"policy {policy.name!r} on {table.name} believes a header that the caller sends"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", policy.using + policy.check)


def _rests_on_it(known: Helpers, alternative: object) -> bool:
    texts = [_followed(known, expression(one)) for one in demands(alternative)]
    return any(SENT.search(one) for one in texts) and not any(SIGNED.search(one) or HASHED.search(one) for one in texts)


def _followed(known: Helpers, text: str) -> str:
    """A condition with the bodies of the functions that it calls."""
    called = [name for name in CALL.findall(plain(text)) if name in known]
    return plain(" ".join([text, *(one.body for name in called for one in known[name])]))
