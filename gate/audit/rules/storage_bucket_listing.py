"""A policy lets anyone list the files of a public bucket.

A public bucket serves files by address without any policy. What the policy adds is the list: a stranger need not guess the
addresses, and walks through everything that people have uploaded.

```sql
insert into storage.buckets (id, name, public) values ('photos', 'photos', true);
create policy see on storage.objects for select using (bucket_id = 'photos');  -- flagged
```

Without the policy the files are still served; listing the own folder shows the own files.

```sql
insert into storage.buckets (id, name, public) values ('photos', 'photos', true);
create policy see on storage.objects for select to authenticated
  using (bucket_id = 'photos' and (storage.foldername(name))[1] = (select auth.uid()::text));
```

All of them are one finding; that of what the site shows of itself, such as logos, is a note. The files of a private bucket are
another rule's.

```sql
insert into storage.buckets (id, name, public) values ('logos', 'logos', true), ('papers', 'papers', false);
create policy see on storage.objects for select using (bucket_id = 'logos');  -- flagged
```

To mend it: `drop policy see on storage.objects;`

Peers: splinter 0025
"""

import re
from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name, Policy
from gate.audit.meaning import bound, counted, helpers, names, open_to, told
from gate.audit.remedies import dropped
from gate.audit.rules.storage_bucket_public import SHOWN
from gate.finding import Hit, Severity
from gate.rule import rule

LITERAL = re.compile(r"'([^']*)'")


@rule(Severity.WARNING)
def storage_bucket_listing(catalog: Catalog) -> Iterator[Hit]:
    """Read policies on storage.objects that look at no caller and name public buckets alone: one finding for each kind."""
    table = catalog.tables[Name("storage", "objects")]
    known = helpers(catalog)
    found: dict[bool, list[tuple[Policy, str]]] = {}
    for policy in table.policies.values():
        if policy.command != "select" or not policy.permissive or "bucket_id" not in policy.using or policy.relations:
            continue
        named = [catalog.buckets[word] for word in LITERAL.findall(policy.using) if word in catalog.buckets]
        if not named or not all(one.public for one in named) or "name" in _rest(policy.using):
            continue
        if open_to(catalog, table, policy, "SELECT") and not bound(known, policy.using_node):
            shown = all(SHOWN.search(one.id) for one in named)
            found.setdefault(shown, []).extend((policy, one.id) for one in named)
    for shown, several in found.items():
        buckets = list(dict.fromkeys(repr(bucket) for _, bucket in several))
        policies = {policy.name: policy for policy, _ in several}
        who = {role for one in policies.values() for role in open_to(catalog, table, one, "SELECT")}
        which = f"bucket{'' if len(buckets) == 1 else 's'} {counted(buckets)}"
        message = f"{told(list(policies.values()))} {names(tuple(who))} list the files of the {which}"
        remedy = None if shown else "\n".join(map(dropped, policies.values()))
        severity = Severity.NOTE if shown else None
        yield Hit(
            several[0][0].place,
            message,
            f"storage.objects listing {' '.join(sorted(buckets))}",
            "",
            severity,
            None,
            remedy,
        )


def _rest(condition: str) -> str:
    """What a condition asks but for the bucket: one that looks at the file's name may show a part."""
    return condition.replace("bucket_id", "")
