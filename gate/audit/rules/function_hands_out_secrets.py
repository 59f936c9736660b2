"""A function returns secrets of the vault to whoever calls it.

`vault.decrypted_secrets` holds the keys of the project: a stranger calls the function and has the payment provider's key, or the
server's own.

```sql
create function public.get_secret(secret_name text) returns text language sql security definer set search_path = '' as $$  -- flagged
  select decrypted_secret from vault.decrypted_secrets where name = secret_name $$;
```

Only the server may ask.

```sql
create function public.get_secret(secret_name text) returns text language sql security definer set search_path = '' as $$
  select decrypted_secret from vault.decrypted_secrets where name = secret_name $$;
revoke execute on function public.get_secret(text) from public, anon, authenticated;
```

A function that uses a secret without returning it gives nothing away.

```sql
create function public.has_key() returns boolean language sql security definer set search_path = '' as $$
  select exists (select 1 from vault.decrypted_secrets where name = 'key') $$;
```

To mend it: `revoke execute on function public.get_secret(text) from public, anon, authenticated;`

Peers: none
"""

import re
from collections.abc import Iterator

from gate.audit.bodies import ROWS, callers
from gate.audit.catalog import Catalog
from gate.audit.meaning import checks_caller, helpers, names, plain
from gate.audit.remedies import needed, server_only
from gate.finding import Hit, Severity
from gate.rule import rule

VAULT = re.compile(r"\bselect\b[^;]*\bvault\.(decrypted_)?secrets\b", re.IGNORECASE)
SENT = re.compile(r"\b(net|extensions)?\.?http(_\w+)?\(", re.IGNORECASE)
TEXTS = ROWS | {"text", "varchar", "_text", "decrypted_secrets"}


@rule(Severity.ERROR)
def function_hands_out_secrets(catalog: Catalog) -> Iterator[Hit]:
    """Definer functions within reach that read the vault, return a text and look at no caller."""
    known, used = helpers(catalog), needed(catalog)
    for function in catalog.functions.values():
        who = callers(catalog, function) if function.definer and function.returns in TEXTS else ()
        body = plain(function.body) if who else ""
        if VAULT.search(body) and not SENT.search(body) and not checks_caller(known, body):
            message = f"{names(who)} can call {function.signature}, which returns secrets of the vault"
            remedy = server_only(catalog, function, used)
            yield Hit(function.place, message, function.signature, function.body, remedy=remedy)
