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

Listening and speaking for the same people are one finding.

```sql
create policy hear on realtime.messages for select to authenticated using (true);  -- flagged
create policy speak on realtime.messages for insert to authenticated with check (true);
```

To mend it: `alter policy listen on realtime.messages using ((select realtime.topic()) = 'user:' || (select auth.uid())::text);`

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name, Policy
from gate.audit.meaning import bound, helpers, listed, names, open_to, to_whom, told
from gate.finding import Hit, Severity
from gate.rule import rule

VERBS = {"select": "listen", "insert": "speak"}


@rule(Severity.WARNING)
def realtime_channel_open(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies on realtime.messages that look at neither topic nor caller, one finding per audience."""
    table = catalog.tables[Name("realtime", "messages")]
    known = helpers(catalog)
    found: dict[str, list[Policy]] = {}
    for policy in table.policies.values():
        if not policy.permissive or policy.relations or "topic" in policy.using + policy.check:
            continue
        who = open_to(catalog, table, policy, "INSERT" if policy.command == "insert" else "SELECT")
        served = any(policy.covers(verb) for verb in VERBS)
        if who and served and not any(bound(known, node) for node in policy.expressions()):
            found.setdefault(names(who), []).append(policy)
    for audience, policies in found.items():
        deeds = listed([deed for verb, deed in VERBS.items() if any(one.covers(verb) for one in policies)])
        message = f"{told(policies)} {audience} {deeds} in every private channel"
        yield Hit(policies[0].place, message, f"realtime.messages for {audience}", to_whom(policies))
