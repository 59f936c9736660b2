"""A REVOKE EXECUTE takes nothing, because the function is still held another way.

The function stays callable by everyone, while the migration reads as if it were closed. The platform's default grants EXECUTE to
`anon` and `authenticated` by name, and Postgres grants it to PUBLIC: naming one leaves the other.

```sql
-- regime: auto
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from public;  -- flagged
```

```sql
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from anon, authenticated;  -- flagged
```

```sql
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from public, anon, authenticated;
```

In two steps it is as good.

```sql
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from public;
revoke execute on function public.pay(uuid) from anon, authenticated;
```

Who is named in a GRANT is meant to call it.

```sql
create function public.mine() returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.mine() from public, anon;
grant execute on function public.mine() to authenticated;
```

What one file leaves open in the same way is one finding, at the first REVOKE.

```sql
-- regime: auto
create function public.pay(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
create function public.owe(who uuid) returns void language sql security definer set search_path = '' as 'select null::void';
revoke execute on function public.pay(uuid) from public;  -- flagged
revoke execute on function public.owe(uuid) from public;
```

A function that asks who is calling, or only says yes or no, gives a stranger little: a warning. So does one that writes nothing and
that every account may call by a GRANT.

```sql
-- regime: auto
create function public.who_am_i() returns uuid language sql stable security definer set search_path = '' as 'select auth.uid()';
revoke execute on function public.who_am_i() from public;  -- flagged
```

To mend it: `revoke execute on function public.pay(uuid) from public, anon, authenticated;`

Peers: none; what remains open: pgrls SEC042; splinter 0028
"""

from collections.abc import Iterator

from gate.audit.bodies import writes
from gate.audit.catalog import API_ROLES, Catalog, Function
from gate.audit.meaning import Helpers, checks_caller, counted, helpers, listed
from gate.audit.remedies import needed, server_only, together
from gate.audit.revokes import LeftOpen, left_open
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def revoke_leaves_execute(catalog: Catalog) -> Iterator[Hit]:
    """Revokes on definer functions that are open in the end, one finding per file, audience and severity."""
    known, used = helpers(catalog), needed(catalog)
    found: dict[tuple[str, str, tuple[str, ...], bool], list[LeftOpen]] = {}
    for one in left_open(catalog).values():
        key = (one.revoke.place.path, one.revoke.revoked_from, one.holders, _harmless(known, one.function))
        found.setdefault(key, []).append(one)
    for (_, taken, holders, mild), several in found.items():
        first = several[0].revoke
        held = f"{listed(holders)} {'hold' if len(holders) > 1 else 'holds'} it still"
        names = counted([one.revoke.object for one in several])
        message = f"{names} can still be called: EXECUTE was taken from {taken}, and {held}"
        remedy = together(
            server_only(catalog, one.function, used, *(role for role in API_ROLES if role in one.function.acl.named))
            for one in several
        )
        severity = Severity.WARNING if mild else None
        yield Hit(first.place, message, first.object, first.statement, severity, remedy=remedy)


def _harmless(known: Helpers, function: Function) -> bool:
    """Whether a stranger's call gets little: the body asks who is calling, or tells what every account may ask for."""
    quiet = not writes(function.body) and (function.returns == "bool" or "authenticated" in function.acl.named)
    return quiet or checks_caller(known, function.body)
