"""A policy on storage.buckets lets users change the buckets themselves.

A bucket is private because its row says so. Whoever may update the row makes it public, and every file in it is served to the
world; whoever may delete it takes the files along.

```sql
create policy manage on storage.buckets for all to authenticated using (true);  -- flagged
```

```sql
create policy manage on storage.buckets for select to authenticated using (true);
```

Making new ones is a warning: it fills the project's account, and a public bucket of a stranger serves what the stranger likes.

```sql
create policy make on storage.buckets for insert to authenticated with check (true);  -- flagged
```

```sql
create policy make on storage.buckets for insert to authenticated with check ((auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');
```

To mend it: `drop policy manage on storage.buckets;`. The server needs no policy.

Peers: none
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name
from gate.audit.meaning import bound, helpers, names, open_to
from gate.audit.remedies import dropped
from gate.finding import Hit, Severity
from gate.rule import rule

DEEDS = {"all": "change and delete", "update": "change", "delete": "delete", "insert": "make"}


@rule(Severity.ERROR)
def storage_bucket_policy_open(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies for writing on storage.buckets that look at no caller."""
    table = catalog.tables[Name("storage", "buckets")]
    known = helpers(catalog)
    for policy in table.policies.values():
        if policy.command == "select" or not policy.permissive:
            continue
        who = open_to(catalog, table, policy, "UPDATE" if policy.command == "all" else policy.command.upper())
        if who and not any(bound(known, node) for node in policy.expressions()) and "false" not in policy.using:
            message = f"policy {policy.name!r} lets {names(who)} {DEEDS[policy.command]} buckets"
            severity = Severity.WARNING if policy.command == "insert" else None
            text = f"{policy.using}|{policy.check}"
            subject = f"storage.buckets policy {policy.name}"
            yield Hit(policy.place, message, subject, text, severity, remedy=dropped(policy))
