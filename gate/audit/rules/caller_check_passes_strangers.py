"""A function refuses the wrong user by `<>`, which lets through whoever is no user at all.

For a caller who is not signed in `auth.uid()` is null, `owner <> null` is null, and an IF takes null for false: nothing is
raised, and the function does its work for anyone who has the app's public key.

```sql
create table public.papers (id uuid primary key, owner uuid, title text);
alter table public.papers enable row level security;
create function public.retitle(paper uuid, new_title text) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
declare found_owner uuid;
begin
  select owner into found_owner from public.papers where id = paper;
  if found_owner <> auth.uid() then raise exception 'not yours'; end if;
  update public.papers set title = new_title where id = paper;
end $$;
```

A variable changes nothing, and neither do NOT IN and NOT in front of an equality.

```sql
create table public.papers (id uuid primary key, owner uuid, title text);
create table public.editors (user_id uuid primary key);
alter table public.papers enable row level security;
alter table public.editors enable row level security;
create function public.remove(paper uuid, claimed uuid) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
declare me uuid := auth.uid();
begin
  if not (claimed = me) then raise exception 'not yours'; end if;
  delete from public.papers where id = paper;
end $$;
create function public.publish(paper uuid) returns void language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  if auth.uid() not in (select user_id from public.editors) then raise exception 'no editor'; end if;
  update public.papers set title = upper(title) where id = paper;
end $$;
create function public.edit(paper uuid, claimed uuid) returns void language plpgsql security definer set search_path = '' as $$
declare me uuid := auth.uid();
begin
  if me is null or claimed <> me then raise exception 'not yours'; end if;
  update public.papers set title = lower(title) where id = paper;
end $$;
```

IS DISTINCT FROM knows null.

```sql
create table public.papers (id uuid primary key, owner uuid, title text);
alter table public.papers enable row level security;
create function public.retitle(paper uuid, new_title text) returns void language plpgsql security definer set search_path = '' as $$
declare found_owner uuid;
begin
  select owner into found_owner from public.papers where id = paper;
  if found_owner is distinct from auth.uid() then raise exception 'not yours'; end if;
  update public.papers set title = new_title where id = paper;
end $$;
```

So does a test of its own, and where the statement compares the caller itself, null matches no row.

```sql
create table public.papers (id uuid primary key, owner uuid, title text);
alter table public.papers enable row level security;
create function public.retitle(paper uuid, claimed uuid, new_title text) returns void language plpgsql security definer set search_path = '' as $$
begin
  if auth.uid() is null or claimed <> auth.uid() then raise exception 'not yours'; end if;
  update public.papers set title = new_title where id = paper and owner = claimed;
end $$;
create function public.remove(paper uuid, claimed uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  if claimed != auth.uid() then raise exception 'not yours'; end if;
  delete from public.papers where id = paper and owner = auth.uid();
end $$;
```

Nor is it open where strangers may not call it.

```sql
create table public.papers (id uuid primary key, owner uuid, title text);
alter table public.papers enable row level security;
create function public.remove(paper uuid, claimed uuid) returns void language plpgsql security definer set search_path = '' as $$
begin
  if claimed <> auth.uid() then raise exception 'not yours'; end if;
  delete from public.papers where id = paper and owner = claimed;
end $$;
revoke execute on function public.remove(uuid, uuid) from public, anon;
grant execute on function public.remove(uuid, uuid) to authenticated;
```

To mend it: `revoke execute on function public.retitle(uuid, text) from public, anon;`, a grant to `authenticated`, and in the body
`if found_owner is distinct from auth.uid()`.

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.bodies import UID, spelled_out, writes
from gate.audit.catalog import Catalog
from gate.audit.meaning import calls, checks_caller, helpers, plain
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule

UNEQUAL = re.compile(rf"(?:<>|!=)\s*{UID}|{UID}\s*(?:<>|!=|not\s+in\b)|\bnot\s*\(?\s*[\w.]+\s*=\s*{UID}", re.IGNORECASE)
MENTIONED = re.compile(
    r"auth\.(uid|jwt|email|role)\(\)|request\.jwt|current_setting|session_user|current_user", re.IGNORECASE
)
RAISES = re.compile(r"\braise\s+exception\b|\breturn\b", re.IGNORECASE)


@rule(Severity.ERROR)
def caller_check_passes_strangers(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions that strangers reach and that write, whose every mention of the caller is an inequality."""
    known, used = helpers(catalog), needed(catalog)
    for function in catalog.functions.values():
        if not function.definer or function.language != "plpgsql" or not catalog.exposed(function.name.schema):
            continue
        if function.returns == "trigger" or not catalog.may("anon", "EXECUTE", function.acl, function.name.schema):
            continue
        body = plain(function.body)
        if "auth.uid()" not in body.lower() or not writes(body) or not RAISES.search(body):
            continue
        body = spelled_out(body)
        unequal, mentioned = len(UNEQUAL.findall(body)), len(MENTIONED.findall(body))
        if not unequal or unequal != mentioned:
            continue
        if not any(checks_caller(known, one.body) for name in calls(body) for one in known.get(name, ())):
            message = (
                f"anyone can call {function.signature}: without a sign-in its check by <> compares with null and passes"
            )
            remedy = server_only(catalog, function, used, "authenticated")
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)
