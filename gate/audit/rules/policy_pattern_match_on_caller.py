"""A policy finds the caller's id somewhere in a text, or takes the caller's own words for a pattern.

`like '%' || auth.uid() || '%'` holds wherever the id stands. On file names, a user writes `VICTIM/OWN-ID.png`: the name holds the
own id, and the file lies in the victim's folder.

```sql
insert into storage.buckets (id, name) values ('uploads', 'uploads');
create policy up on storage.objects for insert to authenticated  -- flagged
  with check (bucket_id = 'uploads' and name like '%' || auth.uid()::text || '%');
create policy down on storage.objects for delete to authenticated  -- flagged
  using (bucket_id = 'uploads' and position(auth.uid()::text in name) > 0);
```

The first folder is the caller's, or the name begins with it.

```sql
insert into storage.buckets (id, name) values ('uploads', 'uploads');
create policy up on storage.objects for insert to authenticated
  with check (bucket_id = 'uploads' and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy down on storage.objects for delete to authenticated
  using (bucket_id = 'uploads' and name like auth.uid()::text || '/%');
```

An address or another claim holds signs that a pattern reads as "anything": a warning. So is a list of ids in a text.

```sql
create table public.notes (id uuid primary key, readers text, owner_email text);
alter table public.notes enable row level security;
create policy see on public.notes for select using (owner_email like auth.jwt() ->> 'email');  -- flagged
create policy change on public.notes for update using (readers like '%' || auth.uid()::text || '%');  -- flagged
create policy remove on public.notes for delete using (owner_email = auth.jwt() ->> 'email');
grant select, update, delete on public.notes to authenticated;
```

To mend it: `(storage.foldername(name))[1] = (select auth.uid()::text)` for files, equality for the rest.

Peers: pgrls SEC026
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import open_to
from gate.audit.replay.patterns import matches
from gate.finding import Hit, Severity
from gate.rule import rule

FILES = Name("storage", "objects")
MATCHED = re.compile(r"~|like|similar|strpos|position", re.IGNORECASE)  # by the text, before the tree is looked at


@rule(Severity.ERROR)
def policy_pattern_match_on_caller(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies within reach that match a text anywhere with the caller's id, or with another claim at all."""
    for table, policy in catalog.policies():
        verb = "SELECT" if policy.command == "all" else policy.command.upper()
        if not (policy.permissive and table.rls and MATCHED.search(policy.using + policy.check)):
            continue
        if not open_to(catalog, table, policy, verb):
            continue
        found = [one for node in policy.expressions() for one in matches(node)]
        loose = next((one for one in found if one.anywhere or one.claim != "uid"), None)
        if loose:
            what = "id" if loose.claim == "uid" else loose.claim.replace("claim", "words")
            how = (
                f"finds the caller's {what} anywhere in a text"
                if loose.anywhere
                else f"takes the caller's {what} for a pattern"
            )
            message = f"policy {policy.name!r} on {table.name} {how}"
            writes = table.name == FILES and policy.command != "select"
            severity = None if writes and loose.anywhere else Severity.WARNING
            text = f"{policy.using}|{policy.check}"
            yield Hit(policy.place, message, f"{table.name} policy {policy.name}", text, severity)
