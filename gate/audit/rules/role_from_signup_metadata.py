"""A trigger on auth.users takes a role, plan or credits from what the user typed at sign-up.

`raw_user_meta_data` holds whatever the sign-up request sends: anyone signs up as an administrator.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, role text);
alter table public.profiles enable row level security;
create function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  insert into public.profiles (id, name, role)
  values (new.id, new.raw_user_meta_data ->> 'name', coalesce(new.raw_user_meta_data ->> 'role', 'user'));
  return new;
end $$;
create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up();
```

A name is harmless, and a role of one's own choice is no right where it goes through a fixed list.

```sql
create table public.profiles (id uuid primary key references auth.users, name text, role text);
alter table public.profiles enable row level security;
create function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, name, role)
  values (new.id, new.raw_user_meta_data ->> 'name',
    case when new.raw_user_meta_data ->> 'role' in ('buyer', 'seller') then new.raw_user_meta_data ->> 'role' else 'buyer' end);
  return new;
end $$;
create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up();
```

To mend it: write the constant, as in `values (new.id, new.raw_user_meta_data ->> 'name', 'user')`, and give rights elsewhere.

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Function
from gate.audit.meaning import USERS, plain
from gate.finding import Hit, Severity
from gate.rule import rule

TAKEN = re.compile(r"raw_user_meta_data\s*->>?\s*'(\w+)'", re.IGNORECASE)
LISTED = r"raw_user_meta_data\s*->>?\s*'{}'\s*\)?(::\w+)?\s+(not\s+)?in\s*\(([^)]*)\)"
HIGH = re.compile(r"admin|owner|super|staff|moderator", re.IGNORECASE)


@rule(Severity.ERROR)
def role_from_signup_metadata(catalog: Catalog) -> Iterator[Hit]:
    """Functions of firing triggers on auth.users that read a privileged word from the user's own metadata."""
    called = {one.function for one in catalog.tables[USERS].triggers.values() if one.fires}
    for function in catalog.functions.values():
        if function.name not in called:
            continue
        words = tuple(dict.fromkeys(word for word in _taken(function) if word in catalog.config.privileged_columns))
        if words:
            message = f"{function.signature} takes {', '.join(words)} from the metadata that users send at sign-up"
            yield Hit(function.place, message, function.signature, function.body)


def _taken(function: Function) -> Iterator[str]:
    body = plain(function.body)
    for word in TAKEN.findall(body):
        allowed = re.search(LISTED.format(word), body, re.IGNORECASE)
        if not allowed or HIGH.search(allowed.group(3)):
            yield word
