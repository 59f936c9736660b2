"""A function is closed in one form and open in another, or was closed before it was dropped and made again.

Other arguments make another function. It is born callable by everyone, whatever was revoked from the one before; and where the new
form was closed, the old one is still there.

```sql
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from public, anon, authenticated;
create function public.pay(who uuid, reason text) returns void language sql security definer set search_path = '' as 'select null::void';  -- flagged
```

```sql
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from public, anon, authenticated;
create function public.pay(who uuid, reason text) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid, text) from public, anon, authenticated;
```

Dropped and made again, it is a new function too.

```sql
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from public, anon, authenticated;
drop function public.pay(uuid);
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';  -- flagged
create function public.book(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.book(uuid) from public, anon, authenticated;
create or replace function public.book(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
```

Who is named in a GRANT is meant to call it, and the old form may be dropped.

```sql
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from public, anon, authenticated;
create function public.pay(who uuid, reason text) returns void language sql security definer set search_path = '' as 'select null::void';
grant execute on function public.pay(uuid, text) to authenticated;
create function public.book(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
create function public.book(who uuid, reason text) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.book(uuid, text) from public, anon, authenticated;
drop function public.book(uuid);
```

A form that writes and asks nobody is told by the rule about that.

To mend it: `revoke execute on function public.pay(uuid, text) from public, anon, authenticated;`, or drop the form.

Peers: none
"""

from collections.abc import Iterator

from gate.audit.bodies import callers, writes
from gate.audit.catalog import API_ROLES, PUBLIC, Catalog, Function, Name
from gate.audit.meaning import checks_caller, helpers, names, plain
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.WARNING)
def function_overload_left_open(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions that API roles can call by default while another form, or the one before, was closed to them."""
    forms: dict[Name, list[Function]] = {}
    for function in catalog.functions.values():
        forms.setdefault(function.name, []).append(function)
    known, used = helpers(catalog), needed(catalog)
    for found in forms.values():
        closed = next((one for one in found if one.acl.taken and not callers(catalog, one)), None)
        for function in found if closed or any(one.reopened for one in found) else ():
            who = callers(catalog, function) if function.definer else ()
            if not who or function.acl.named & {PUBLIC, *API_ROLES}:
                continue
            body = plain(function.body)
            if writes(body) and not checks_caller(known, body):
                continue
            cause = (
                f"while {closed.signature} was closed"
                if closed
                else "since it was dropped with what a REVOKE had closed"
            )
            message = f"{names(who)} can call {function.signature}, {cause}"
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, remedy=remedy)
