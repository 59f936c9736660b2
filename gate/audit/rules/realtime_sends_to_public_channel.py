"""A function sends rows to a public channel, which anyone may listen to.

A private channel asks the policies on realtime.messages who may join. A public one asks nobody: whoever has the app's public key
and knows or guesses the topic gets every message, whatever the policies of the table say.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create function public.tell() returns trigger language plpgsql security definer set search_path = '' as $$  -- flagged
begin
  perform realtime.send(to_jsonb(new), 'letter', 'letters', false);
  return new;
end $$;
create trigger tell after insert on public.letters for each row execute function public.tell();
```

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create function public.tell() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.send(to_jsonb(new), 'letter', 'user:' || new.user_id::text, true);
  return new;
end $$;
create trigger tell after insert on public.letters for each row execute function public.tell();
```

A message that holds no row tells only that something happened.

```sql
create table public.letters (id uuid primary key, user_id uuid references auth.users, body text);
alter table public.letters enable row level security;
create function public.tell() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.send('{}'::jsonb, 'letter', 'letters', false);
  return new;
end $$;
create trigger tell after insert on public.letters for each row execute function public.tell();
```

To mend it, in the body: `realtime.send(to_jsonb(new), 'letter', 'user:' || new.user_id::text, true)`, and a policy on
realtime.messages that compares the topic with the caller.

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog
from gate.audit.meaning import plain
from gate.finding import Hit, Severity
from gate.rule import rule

SENT = re.compile(r"realtime\.send\(([^;]*?),\s*(?:private\s*(?::=|=>)\s*)?false\s*\)", re.IGNORECASE)
ROW = re.compile(r"\b(new|old)\b", re.IGNORECASE)


@rule(Severity.WARNING)
def realtime_sends_to_public_channel(catalog: Catalog) -> Iterator[Hit]:
    """Functions of triggers that hand a row to realtime.send with `private` false."""
    fired = {trigger.function for table in catalog.tables.values() for trigger in table.triggers.values()}
    for function in catalog.functions.values():
        if function.name not in fired or "realtime" not in function.body:
            continue
        if any(ROW.search(one) for one in SENT.findall(plain(function.body))):
            message = f"{function.signature} sends rows to a public channel, which anyone may listen to"
            yield Hit(function.place, message, function.signature, function.body)
