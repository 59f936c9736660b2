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

A function that asks who is calling, or only says yes or no, gives a stranger little: a warning.

```sql
-- regime: auto
create function public.who_am_i() returns uuid language sql stable security definer set search_path = '' as 'select auth.uid()';
revoke execute on function public.who_am_i() from public;  -- flagged
```

To mend it: `revoke execute on function public.pay(uuid) from public, anon, authenticated;`

Peers: none; what remains open: pgrls SEC042; splinter 0028
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog, Function, Widening
from gate.audit.meaning import Helpers, checks_caller, counted, helpers, writes
from gate.audit.remedies import needed, server_only, together
from gate.audit.revokes import left_open
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def revoke_leaves_execute(catalog: Catalog) -> Iterator[Hit]:
    """Revokes on definer functions that are open in the end, one finding per file, audience and severity."""
    known, used = helpers(catalog), needed(catalog)
    functions = {one.signature: one for one in catalog.functions.values()}
    found: dict[tuple[str, str, str, bool], list[Widening]] = {}
    for one in left_open(catalog).values():
        mild = _harmless(known, functions[one.object])
        found.setdefault((one.place.path, one.revoked_from, one.still_through, mild), []).append(one)
    for (_, taken, held, mild), several in found.items():
        first = several[0]
        names = counted([one.object for one in several])
        message = f"{names} can still be called: EXECUTE was taken from {taken} and is held through {held}"
        severity = Severity.WARNING if mild else None
        closing = (functions[one.object] for one in several)
        remedy = together(
            server_only(catalog, function, used, *(role for role in API_ROLES if role in function.acl.named))
            for function in closing
        )
        yield Hit(first.place, message, first.object, first.statement, severity, remedy=remedy)


def _harmless(known: Helpers, function: Function) -> bool:
    """Whether a stranger's call gets little: the body asks who is calling, or it only says yes or no."""
    return (function.returns == "bool" and not writes(function.body)) or checks_caller(known, function.body)
