"""A function with its owner's rights lets anyone read or fill a queue.

Queues live in a schema that the API does not serve. A function around one serves it all the same: a stranger reads the jobs of
others, deletes them, or has the workers do what the stranger says.

```sql
create extension pgmq;
create function public.enqueue(job jsonb) returns bigint language sql security definer set search_path = '' as $$  -- flagged
  select pgmq.send('jobs', job) $$;
```

```sql
create extension pgmq;
create function public.enqueue(job jsonb) returns bigint language sql security definer set search_path = '' as $$
  select pgmq.send('jobs', job) $$;
revoke execute on function public.enqueue(jsonb) from public, anon, authenticated;
```

A job that says whose it is, with the caller's id put in by the function, is an ordinary one.

```sql
create extension pgmq;
create function public.enqueue(job jsonb) returns bigint language sql security definer set search_path = '' as $$
  select pgmq.send('jobs', job || jsonb_build_object('user_id', auth.uid())) $$;
```

Where a REVOKE was meant to close the function, `revoke-leaves-execute` tells it.

```sql
-- regime: auto
create extension pgmq;
create function public.enqueue(job jsonb) returns bigint language sql security definer set search_path = '' as $$
  select pgmq.send('jobs', job) $$;
revoke execute on function public.enqueue(jsonb) from public;
```

To mend it: `revoke execute on function public.enqueue(jsonb) from public, anon, authenticated;`

Peers: none; splinter 0019 looks at the schema pgmq_public
"""

import re
from collections.abc import Iterator

from gate.audit.bodies import callers, writes
from gate.audit.catalog import Catalog
from gate.audit.meaning import checks_caller, helpers, names, plain
from gate.audit.remedies import needed, server_only
from gate.audit.revokes import left_open
from gate.finding import Hit, Severity
from gate.rule import rule

QUEUE = re.compile(
    r"\bpgmq\.(send|send_batch|read|read_with_poll|pop|delete|archive|purge_queue|drop_queue)\(", re.IGNORECASE
)


@rule(Severity.ERROR)
def queue_exposed(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that use a queue and look at no caller; those that write rows are another rule's."""
    known, used, meant_closed = helpers(catalog), needed(catalog), left_open(catalog)
    for function in catalog.functions.values():
        who = callers(catalog, function) if function.definer and function.signature not in meant_closed else ()
        body = plain(function.body) if who else ""
        found = QUEUE.search(body)
        if found and not writes(body) and not checks_caller(known, body):
            message = f"{names(who)} can call {function.signature}, which does pgmq.{found.group(1)} on a queue"
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)
