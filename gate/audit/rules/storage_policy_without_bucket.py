"""A policy on files names no bucket, and so holds in all of them.

It was written for one bucket, and opens every other one as well, also those that are made later: what the server writes for itself
is read or overwritten by whoever passes.

```sql
create policy "public read" on storage.objects for select using (true);  -- flagged
```

```sql
insert into storage.buckets (id, name, public) values ('logos', 'logos', true);
create policy "public read" on storage.objects for select using (bucket_id = 'logos');
```

The own folder of every bucket is a warning: people write to buckets that only the server was to fill.

```sql
insert into storage.buckets (id, name) values ('uploads', 'uploads'), ('results', 'results');
create policy up on storage.objects for insert to authenticated  -- flagged
  with check ((storage.foldername(name))[1] = (select auth.uid()::text));
```

Reading one's own files in all buckets is what it says, and so is a policy for administrators, or one that asks a row of the app.

```sql
create table public.admins (user_id uuid primary key);
alter table public.admins enable row level security;
create function public.is_admin() returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.admins where user_id = auth.uid()) $$;
insert into storage.buckets (id, name) values ('uploads', 'uploads'), ('results', 'results');
create policy own on storage.objects for select to authenticated using (owner_id = (select auth.uid()::text));
create policy admins on storage.objects for all to authenticated using (public.is_admin());
```

Writing that asks nobody at all is told by another rule, and so is reading where a bucket is known to be private.

To mend it: add `and bucket_id = 'uploads'` to the condition.

Peers: pgrls SEC050
"""

from collections.abc import Iterator

from gate.audit.catalog import Catalog, Name, Policy
from gate.audit.meaning import bound, helpers, names, open_to
from gate.finding import Hit, Severity
from gate.rule import rule

DEEDS = {"insert": "add files to", "update": "change their files in", "delete": "delete their files in"}


@rule(Severity.ERROR)
def storage_policy_without_bucket(catalog: Catalog) -> Iterator[Hit]:
    """Permissive policies on storage.objects that do not mention the bucket and that no other rule tells of."""
    table = catalog.tables[Name("storage", "objects")]
    known = helpers(catalog)
    private = [one.id for one in catalog.buckets.values() if not one.public]
    for policy in table.policies.values():
        text = policy.using + policy.check
        if not policy.permissive or "bucket_id" in text or _decided_elsewhere(catalog, policy):
            continue
        verb = "insert" if policy.command == "all" else policy.command
        who = open_to(catalog, table, policy, verb.upper())
        if not who or text == "false":
            continue
        asks = all(bound(known, node) for node in policy.expressions())
        subject = f"storage.objects policy {policy.name}"
        if policy.command == "select" and not asks and not private:
            yield Hit(
                policy.place, f"policy {policy.name!r} lets {names(who)} list every file of every bucket", subject, text
            )
        elif policy.command != "select" and asks and len(catalog.buckets) > 1:
            message = f"policy {policy.name!r} lets users {DEEDS[verb]} every bucket, as it names none"
            yield Hit(policy.place, message, subject, text, Severity.WARNING)


def _decided_elsewhere(catalog: Catalog, policy: Policy) -> bool:
    """Whether another table, or a function of the project, says which files it is about."""
    own = {name for name in policy.calls if name not in catalog.platform and name.schema != "pg_catalog"}
    return bool(policy.relations or own)
