"""A stranger joins somebody else's private channel.

A channel is private because the policies of `realtime.messages` say who may join it. Where they look at the topic and not at
the caller, anybody who knows or guesses its name listens in, or speaks in it.

```sql
create table public.rooms (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
alter table public.rooms enable row level security;
create policy own on public.rooms using (user_id = auth.uid());
create policy listen on realtime.messages for select to authenticated using (realtime.topic() like 'user:%');  -- flagged
```

```sql
create table public.rooms (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
alter table public.rooms enable row level security;
create policy own on public.rooms using (user_id = auth.uid());
create policy listen on realtime.messages for select to authenticated using (realtime.topic() = 'user:' || auth.uid()::text);
create policy speak on realtime.messages for insert to authenticated with check (realtime.topic() = 'user:' || auth.uid()::text);
```

A policy that looks for the room, and not for who is in it.

```sql
create table public.rooms (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, name text);
alter table public.rooms enable row level security;
create policy own on public.rooms using (user_id = auth.uid());
create function public.is_room(topic text) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select from public.rooms where 'room:' || id = topic) $$;
create policy speak on realtime.messages for insert to authenticated with check (realtime.topic() like 'room:%' and public.is_room(realtime.topic()));  -- flagged
```

A policy that looks at nothing is the audit's to report.

To mend it: compare the topic with something of the caller, as in `realtime.topic() = 'user:' || auth.uid()::text`, or ask for the membership.

Peers: none
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule

DEEDS = {"listen": "listens in on", "broadcast": "speaks in"}


@rule(Severity.WARNING)
def others_channel_joined(attempt: Attempt) -> Iterator[Hit]:
    """Channels of B that A or anon may join."""
    if attempt.verb in DEEDS and attempt.leak:
        message = f"{attempt.who} {DEEDS[attempt.verb]} other users' private channels"
        yield Hit(
            attempt.target,
            f"{message}{attempt.grants}",
            f"{attempt.relation} {attempt.verb} by {attempt.actor}",
            reproducer=attempt.reproducer,
        )
