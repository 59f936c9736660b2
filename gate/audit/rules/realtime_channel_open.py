"""A policy on realtime.messages lets users into every private channel.

A channel is private because this policy says who may join it. One that never looks at the topic says: all of them. A user
listens to, or speaks in, the channels of others.

```sql
create policy listen on realtime.messages for select to authenticated using (true);  -- flagged
```

Compare the topic with something of the caller.

```sql
create policy listen on realtime.messages for select to authenticated
  using ((select realtime.topic()) = 'user:' || (select auth.uid())::text);
```

A policy of the app that reads a row for the topic does so as well.

```sql
create table public.rooms (topic text primary key, member uuid);
alter table public.rooms enable row level security;
create policy own on public.rooms for select using (member = auth.uid());
create policy listen on realtime.messages for select to authenticated
  using (exists (select 1 from public.rooms where topic = (select realtime.topic())));
grant select on public.rooms to authenticated;
```

To mend it: `alter policy listen on realtime.messages using ((select realtime.topic()) = 'user:' || (select auth.uid())::text);`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import bound, helpers, names, open_to
from gate.finding import Hit, Severity
from gate.rule import rule

VERBS = {"select": "listen in", "insert": "speak in", "all": "listen and speak in"}


@rule(Severity.WARNING)
def realtime_channel_open(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies on realtime.messages that look at neither topic nor caller."""
    table = catalog.tables[Name("realtime", "messages")]
    known = helpers(catalog)
    for policy in table.policies.values():
        text = policy.using + policy.check
        if not policy.permissive or policy.command not in VERBS or "topic" in text:
            continue
        who = open_to(catalog, table, policy, "INSERT" if policy.command == "insert" else "SELECT")
        if who and not any(bound(known, node) for node in policy.expressions()) and not policy.relations:
            message = f"policy {policy.name!r} lets {names(who)} {VERBS[policy.command]} every private channel"
            yield Hit(policy.place, message, f"realtime.messages policy {policy.name}", text)
