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

Who has the token of an invitation may accept it: an argument that is looked up as a secret is the check.

```sql
create table public.invitations (token text primary key, accepted boolean);
alter table public.invitations enable row level security;
create function public.accept(p_token text) returns void language sql security definer set search_path = '' as $$
  update public.invitations set accepted = true where token = p_token $$;
create function public.replace_token(who uuid, p_token text) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin update public.invitations set token = p_token; end $$;
```

Where a caller only decides when it happens, as with what deletes old rows, or only counts by one, it is a warning. Not where all
rows of a table are changed.

```sql
create table public.sessions (id uuid primary key, expires_at timestamptz);
create table public.books (id uuid primary key, read_count int);
alter table public.sessions enable row level security;
alter table public.books enable row level security;
create function public.tidy() returns void language sql security definer set search_path = '' as $$  -- flagged
  delete from public.sessions where expires_at < now() $$;
create function public.forget() returns void language sql security definer set search_path = '' as 'delete from public.sessions';  -- flagged
create function public.count_reader(book uuid) returns void language sql security definer set search_path = '' as $$  -- flagged
  update public.books set read_count = read_count + 1 where id = book $$;
```

Where a REVOKE was meant to close the function, `revoke-leaves-execute` tells it.

```sql
-- regime: auto
create table public.wallets (user_id uuid primary key, balance int);
create function public.add_credits(who uuid, amount int) returns void language sql security definer set search_path = '' as $$
  update public.wallets set balance = balance + amount where user_id = who $$;
revoke execute on function public.add_credits(uuid, int) from public;
alter table public.wallets enable row level security;
```

Writing through a function that nobody may call is writing all the same.

```sql
create table public.wallets (user_id uuid primary key, balance int);
alter table public.wallets enable row level security;
create function public.book(who uuid, amount int) returns void language sql security definer set search_path = '' as $$
  update public.wallets set balance = balance + amount where user_id = who $$;
revoke execute on function public.book(uuid, int) from public, anon, authenticated;
create function public.credit(who uuid, amount int) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin perform public.book(who, amount); end $$;
```

A trigger function cannot be called.

```sql
create function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.wallets (user_id) values (new.id); return new; end $$;
```

Peers: pgrls SEC014, SEC042; splinter 0028, 0029; rlsautotest L012; RLSGuard
"""

from collections.abc import Iterator

from gate.audit.bodies import callers, written
from gate.audit.catalog import Catalog
from gate.audit.deeds import asks_for_secret, counts_by_one, decides_only_when
from gate.audit.meaning import checks_caller, helpers, names
from gate.audit.remedies import needed, server_only
from gate.audit.replay.injection import injected
from gate.audit.revokes import left_open
from gate.finding import Hit, Severity
from gate.rule import rule


@rule(Severity.ERROR)
def definer_function_without_caller_check(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that write and look at no caller, helpers included."""
    known, used, meant_closed = helpers(catalog), needed(catalog), left_open(catalog)
    for function in catalog.functions.values():
        who = callers(catalog, function) if function.definer and function.signature not in meant_closed else ()
        target = written(catalog, known, function.body) if who else None
        if target is None or checks_caller(known, function.body) or asks_for_secret(function):
            continue
        if not injected(function):  # whoever runs SQL of choice needs no other flaw
            message = (
                f"{names(who)} can call {function.signature}, which writes {target} with its owner's rights "
                "and checks no caller"
            )
            severity = Severity.WARNING if decides_only_when(function) or counts_by_one(function) else None
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, severity, remedy=remedy)
