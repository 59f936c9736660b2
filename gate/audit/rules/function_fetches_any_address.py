"""A function sends a request from the database to whatever address the caller names.

The request comes from inside: a stranger reaches services behind the firewall and reads what they answer, or sends requests to
others in the project's name.

```sql
create extension pg_net;
create function public.fetch(p_url text) returns bigint language sql security definer set search_path = '' as $$  -- flagged
  select net.http_get(url := p_url) $$;
```

Write the address down, and take from the caller what goes into the body.

```sql
create extension pg_net;
create function public.tell(p_text text) returns bigint language sql security definer set search_path = '' as $$
  select net.http_post(url := 'https://example.com/hook', body := jsonb_build_object('text', p_text)) $$;
```

What only the server may call asks for the server's address.

```sql
create extension pg_net;
create function public.fetch(p_url text) returns bigint language sql security definer set search_path = '' as $$
  select net.http_get(url := p_url) $$;
revoke execute on function public.fetch(text) from public, anon, authenticated;
```

To mend it: `revoke execute on function public.fetch(text) from public, anon, authenticated;`

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.bodies import callers
from gate.audit.catalog import Catalog, Function
from gate.audit.meaning import checks_caller, helpers, names, plain
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule

FIRST = re.compile(
    r"\bhttp(?:_get|_post|_put|_patch|_delete|_head)?\(\s*(?:url\s*(?::=|=>)\s*)?(\w+)\b(?!\s*\()", re.IGNORECASE
)
NAMED = re.compile(r"\burl\s*(?::=|=>)\s*(\w+)\b(?!\s*\()", re.IGNORECASE)


@rule(Severity.ERROR)
def function_fetches_any_address(catalog: Catalog) -> Iterator[Hit]:
    """Functions within reach that hand a text argument on as the address of a request."""
    known, used = helpers(catalog), needed(catalog)
    for function in catalog.functions.values():
        who = callers(catalog, function)
        address = _address(function) if who else None
        if address and not checks_caller(known, plain(function.body)):
            message = f"{names(who)} can have the database call any address, by {address} of {function.signature}"
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)


def _address(function: Function) -> str | None:
    body = plain(function.body)
    if "http" not in body:
        return None
    texts = {name for name, kind in function.arguments if name and kind in {"text", "varchar"}}
    found = [one for pattern in (FIRST, NAMED) for one in pattern.findall(body) if one in texts]
    checked = [one for one in found if re.search(rf"\b{one}\s+(not\s+)?(like|ilike|in|~)\b|\b{one}\s*!?~", body)]
    return next((one for one in found if one not in checked), None)
