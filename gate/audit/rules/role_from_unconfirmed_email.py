"""A trigger on auth.users gives a right for an e-mail address that nobody has confirmed yet.

The row is there before the mail is answered. Whoever signs up with an address of the company, or of the administrator, gets the
role at once; where confirmations are off, for good.

```sql
create table public.profiles (id uuid primary key references auth.users, role text);
alter table public.profiles enable row level security;
create function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  insert into public.profiles (id, role)
  values (new.id, case when new.email like '%@example.com' then 'admin' else 'user' end);
  return new;
end $$;
create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up();
```

Wait for the confirmation.

```sql
create table public.profiles (id uuid primary key references auth.users, role text);
alter table public.profiles enable row level security;
create function public.on_confirmed() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, role)
  values (new.id, case when new.email_confirmed_at is not null and new.email like '%@example.com' then 'admin' else 'user' end);
  return new;
end $$;
create trigger on_confirmed after update on auth.users for each row execute function public.on_confirmed();
```

To keep the address is no right.

```sql
create table public.profiles (id uuid primary key references auth.users, email text, role text);
alter table public.profiles enable row level security;
create function public.on_sign_up() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, email, role) values (new.id, new.email, 'user');
  return new;
end $$;
create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up();
```

To mend it, in the body: `new.email_confirmed_at is not null and new.email like '%@example.com'`, in a trigger after the update as
well.

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import USERS, plain
from gate.finding import Hit, Severity
from gate.rule import rule

ADDRESS = r"(?:lower\(\s*)?new\.email\s*\)?"
DECIDES = re.compile(
    rf"{ADDRESS}\s*(?:=|~\*?|i?like\b|in\s*\()\s*'|split_part\(\s*{ADDRESS}[^)]*\)\s*(?:=|in\b)|right\(\s*{ADDRESS}",
    re.IGNORECASE,
)
HIGH = re.compile(
    r"'(admin|super_?admin|owner|staff|moderator|employee|internal)'|\bis_(admin|staff|super\w*)\b", re.IGNORECASE
)


@rule(Severity.WARNING)
def role_from_unconfirmed_email(catalog: Catalog) -> Iterator[Hit]:
    """Functions of firing triggers on auth.users that compare the new address with a constant and speak of a high role."""
    called = {one.function for one in catalog.tables[USERS].triggers.values() if one.fires}
    for function in catalog.functions.values():
        body = plain(function.body) if function.name in called else ""
        if "confirmed_at" not in body and DECIDES.search(body) and HIGH.search(body):
            message = f"{function.signature} gives a role by the e-mail address of a sign-up, before it is confirmed"
            yield Hit(function.place, message, function.signature, function.body)
