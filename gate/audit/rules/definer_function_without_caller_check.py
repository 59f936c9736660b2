"""A function with its owner's rights writes, and anyone may call it without being checked.

The caller passes somebody else's id, or any amount, and the function does it past row level security.

```sql
create table public.wallets (user_id uuid primary key, balance int);
create function public.add_credits(who uuid, amount int) returns void language sql security definer set search_path = '' as $$  -- flagged
  update public.wallets set balance = balance + amount where user_id = who $$;
alter table public.wallets enable row level security;
```

Take EXECUTE from everyone: from PUBLIC, and from the roles that the platform's default grants.

```sql
create table public.wallets (user_id uuid primary key, balance int);
create function public.add_credits(who uuid, amount int) returns void language sql security definer set search_path = '' as $$
  update public.wallets set balance = balance + amount where user_id = who $$;
revoke execute on function public.add_credits(uuid, int) from public, anon, authenticated;
alter table public.wallets enable row level security;
```

Or let the body ask who is calling.

```sql
create table public.wallets (user_id uuid primary key, name text);
create function public.rename(new_name text) returns void language sql security definer set search_path = '' as $$
  update public.wallets set name = new_name where user_id = auth.uid() $$;
alter table public.wallets enable row level security;
```

A comment that speaks of the caller asks nothing, and quotes around a name change nothing.

```sql
create table public.wallets (user_id uuid primary key, name text);
create function public.rename(who uuid, new_name text) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  -- auth.uid() is checked by the app
  update public.wallets set name = new_name where user_id = who;
end $$;
create function public.rename_mine(new_name text) returns void language plpgsql security definer set search_path = '' as $$
declare me uuid;
begin
  select "auth"."uid"() into me;
  update public.wallets set name = new_name where user_id = me;
end $$;
alter table public.wallets enable row level security;
```

A trigger function cannot be called.

```sql
create function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.wallets (user_id) values (new.id); return new; end $$;
```

Peers: pgrls SEC014, SEC042; splinter 0028, 0029; rlsautotest L012; RLSGuard
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import API_ROLES, Catalog
from gate.audit.meaning import checks_caller, helpers, names, plain
from gate.audit.remedies import needed, server_only
from gate.audit.replay.injection import injected
from gate.finding import Hit, Severity
from gate.rule import rule

WRITES = re.compile(r"\b(insert\s+into|update\s+\S+\s+set|delete\s+from|truncate)\b", re.IGNORECASE)


@rule(Severity.ERROR)
def definer_function_without_caller_check(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that write and look at no caller, helpers included."""
    known, used = helpers(catalog), needed(catalog)
    for function in catalog.functions.values():
        if (
            not function.definer
            or function.returns in {"trigger", "event_trigger"}
            or not catalog.exposed(function.name.schema)
        ):
            continue
        who = tuple(role for role in API_ROLES if catalog.may(role, "EXECUTE", function.acl, function.name.schema))
        if not who or not WRITES.search(plain(function.body)) or checks_caller(known, function.body):
            continue
        if not injected(function):  # whoever runs SQL of choice needs no other flaw
            message = (
                f"{names(who)} can call {function.signature}, which writes with its owner's rights and checks no caller"
            )
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)
