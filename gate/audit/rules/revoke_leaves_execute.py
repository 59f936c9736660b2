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

To mend it: `revoke execute on function public.pay(uuid) from public, anon, authenticated;`

Peers: none; what remains open: pgrls SEC042; splinter 0028
"""

from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, PUBLIC, Acl, Catalog, Widening
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def revoke_leaves_execute(catalog: Catalog) -> Iterator[Hit]:
    """Revokes on definer functions whose object is still open in the end, one finding per statement and function."""
    seen: set[tuple[str, str]] = set()
    used = needed(catalog)
    for one in catalog.revokes:
        function = next((f for f in catalog.functions.values() if f.signature == one.object), None)
        if (
            function is None
            or not function.definer
            or function.returns == "trigger"
            or (one.statement, one.object) in seen
        ):
            continue
        if _still_open(one, function.acl):
            seen.add((one.statement, one.object))
            message = f"{one.object} can still be called: EXECUTE was taken from {one.revoked_from} and is held through {one.still_through}"
            named = [role for role in API_ROLES if role in function.acl.named]
            remedy = server_only(catalog, function, used, *named)
            yield Hit(one.place, message, one.object, one.statement, remedy=remedy)


def _still_open(one: Widening, acl: Acl) -> bool:
    """Whether the role holds it by default still; a GRANT that names it, or somebody it includes, is no oversight."""
    meant = {one.still_through, "anon", PUBLIC} & acl.named
    return "EXECUTE" in acl.grants.get(one.still_through, ()) and not meant
