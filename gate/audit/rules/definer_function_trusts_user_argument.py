"""A function with its owner's rights writes for whichever user the caller names, and asks only that somebody is signed in.

Any account passes the check. The caller names the victim in the argument, and the function writes past row level security.

```sql
create table public.wallets (user_id uuid primary key, balance int);
alter table public.wallets enable row level security;
create function public.settle(p_user_id uuid) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  if auth.uid() is null then raise exception 'sign in first'; end if;
  update public.wallets set balance = 0 where user_id = p_user_id;
end $$;
```

Writing down who called is no check either.

```sql
create table public.wallets (user_id uuid primary key, balance int, settled_by uuid);
alter table public.wallets enable row level security;
create function public.settle(p_user_id uuid) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
declare me uuid := auth.uid();
begin
  if me is null then raise exception 'sign in first'; end if;
  update public.wallets set balance = 0, settled_by = coalesce(me, p_user_id) where user_id = p_user_id;
end $$;
```

Compare the two, or ask a helper about the caller.

```sql
create table public.wallets (user_id uuid primary key, balance int);
create table public.admins (user_id uuid primary key);
alter table public.wallets enable row level security;
alter table public.admins enable row level security;
create function public.settle(p_user_id uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  if auth.uid() is null or p_user_id <> auth.uid() then raise exception 'not yours'; end if;
  update public.wallets set balance = 0 where user_id = p_user_id;
end $$;
create function public.is_admin() returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.admins where user_id = auth.uid()) $$;
create function public.reset(p_user_id uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  if not public.is_admin() then raise exception 'not yours'; end if;
  update public.wallets set balance = 0 where user_id = p_user_id;
end $$;
```

A row that is named by its own id is a warning: it may be meant for everybody, as counting views is.

```sql
create table public.posts (id uuid primary key, author_id uuid, body text);
alter table public.posts enable row level security;
create function public.remove_post(p_id uuid) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  if auth.uid() is null then raise exception 'sign in first'; end if;
  delete from public.posts where id = p_id;
end $$;
```

To mend it, in the body: `if p_user_id is distinct from auth.uid() then raise exception 'not yours'; end if;`

Peers: none as a rule of its own; splinter 0029 flags every such function
"""

import re
from collections.abc import Iterator

from gate.audit.bodies import SIGNED_IN, WHOSE, asks_who, callers, spelled_out, writes
from gate.audit.catalog import Catalog
from gate.audit.meaning import checks_caller, helpers, names, plain
from gate.finding import Hit, Severity
from gate.rule import rule

TOKEN = re.compile(r"token|code|secret|invit", re.IGNORECASE)  # who knows it was given it


@rule(Severity.ERROR)
def definer_function_trusts_user_argument(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that write and look at the caller without comparing; none at all is another rule's."""
    known = helpers(catalog)
    for function in catalog.functions.values():
        who = callers(catalog, function) if function.definer else ()
        if not who:
            continue
        body = plain(function.body)
        named = [name for name, kind in function.arguments if name and kind in {"uuid", "text"} and name in body]
        if not named or not writes(body) or not checks_caller(known, body) or asks_who(known, body):
            continue
        whose = [name for name in named if WHOSE.search(name)]
        ids = [name for name, kind in function.arguments if name in named and kind == "uuid" and not TOKEN.search(name)]
        rows = [name for name in ids if re.search(rf"\b(?:update|delete)\b[^;]*=\s*{name}\b", body, re.IGNORECASE)]
        if whose or rows:
            told = f"for any {whose[0]}" if whose else f"to any row by {rows[0]}"
            asked = bool(SIGNED_IN.search(spelled_out(body)))
            audience = "any signed-in user" if asked else names(who)
            deed = "only asks for a sign-in" if asked else "only notes who called"
            message = f"{audience} can call {function.signature}, which writes {told}: it {deed}"
            severity = None if whose else Severity.WARNING
            yield Hit(function.place, message, function.signature, function.body, severity)
