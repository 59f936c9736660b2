"""A function shows accounts of auth.users to whoever calls it.

E-mail addresses and metadata can be read, one after the other or all at once; a stranger learns who has an account.

```sql
create function public.find_user(p_email text) returns table (id uuid, email text) language sql stable security definer set search_path = '' as $$  -- flagged
  select id, email::text from auth.users where email = p_email $$;
```

Ask who is calling, or leave it to the server.

```sql
create function public.my_email() returns text language sql stable security definer set search_path = '' as $$
  select email from auth.users where id = auth.uid() $$;
create function public.find_user(p_email text) returns table (id uuid, email text) language sql stable security definer set search_path = '' as $$
  select id, email::text from auth.users where email = p_email $$;
revoke execute on function public.find_user(text) from public, anon, authenticated;
```

A yes or no, or a number, is a note: it still tells who has an account.

```sql
create function public.is_known(p_email text) returns boolean language sql stable security definer set search_path = '' as $$  -- flagged
  select exists (select 1 from auth.users where email = p_email) $$;
create function public.how_many() returns bigint language sql stable security definer set search_path = '' as $$
  select count(*) from auth.users $$;
```

To mend it: `revoke execute on function public.find_user(text) from public, anon, authenticated;`

Peers: none as a rule of its own; splinter 0028 and 0029 flag every callable function with its owner's rights
"""

import re
from collections.abc import Iterator

from gate.audit.bodies import ROWS, callers, read_tables, writes
from gate.audit.catalog import Catalog
from gate.audit.meaning import USERS, checks_caller, helpers, names, plain
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule

ACCOUNTS = re.compile(r"\b(?:from|join)\s+auth\.users\b", re.IGNORECASE)
TEXTS = ROWS | {"text", "varchar", "users", "uuid"}


@rule(Severity.WARNING)
def definer_function_reads_accounts(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that read auth.users by what the caller sends and look at no caller."""
    known, used = helpers(catalog), needed(catalog)
    for function in catalog.functions.values():
        who = callers(catalog, function) if function.definer else ()
        body = plain(function.body) if who else ""
        if not ACCOUNTS.search(body) or writes(body) or checks_caller(known, body):
            continue
        tells = function.returns in TEXTS
        alone = set(read_tables(body)) == {USERS}
        if tells or (function.returns == "bool" and function.arguments and alone):
            deed = "shows" if tells else "tells whether there are"
            message = f"{names(who)} can call {function.signature}, which {deed} accounts of auth.users"
            severity = None if tells else Severity.NOTE
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, severity, remedy=remedy)
