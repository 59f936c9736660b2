"""A stranger overwrites, moves or removes somebody else's files, or uploads in their folder.

The policy asks for the bucket alone. A replaced file is served in the owner's name.

```sql
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
create policy see on storage.objects for select using (bucket_id = 'avatars');
create policy change on storage.objects for update to authenticated using (bucket_id = 'avatars');  -- flagged
create table public.t (id int primary key);
```

```sql
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
create policy see on storage.objects for select using (bucket_id = 'avatars');
create policy change on storage.objects for update to authenticated using (bucket_id = 'avatars' and owner_id = auth.uid()::text);
create table public.t (id int primary key);
```

Through the service a file goes as soon as the policy lets it, whatever a DELETE by SQL is told.

```sql
insert into storage.buckets (id, name, public) values ('letters', 'letters', false);
create policy own on storage.objects for select to authenticated using (bucket_id = 'letters');
create policy remove on storage.objects for delete to authenticated using (bucket_id = 'letters');  -- flagged
create table public.t (id int primary key);
```

```sql
insert into storage.buckets (id, name, public) values ('letters', 'letters', false);
create policy own on storage.objects for all to authenticated using (bucket_id = 'letters' and (storage.foldername(name))[1] = auth.uid()::text);
create table public.t (id int primary key);
```

A file that may be moved anywhere lands in somebody else's folder.

```sql
insert into storage.buckets (id, name, public) values ('letters', 'letters', false);
create policy see on storage.objects for select to authenticated using (bucket_id = 'letters' and owner_id = auth.uid()::text);
create policy add on storage.objects for insert to authenticated with check (bucket_id = 'letters' and (storage.foldername(name))[1] = auth.uid()::text);
create policy move on storage.objects for update to authenticated using (bucket_id = 'letters' and owner_id = auth.uid()::text);  -- flagged
create table public.t (id int primary key);
```

```sql
insert into storage.buckets (id, name, public) values ('letters', 'letters', false);
create policy see on storage.objects for select to authenticated using (bucket_id = 'letters' and owner_id = auth.uid()::text);
create policy add on storage.objects for insert to authenticated with check (bucket_id = 'letters' and (storage.foldername(name))[1] = auth.uid()::text);
create policy move on storage.objects for update to authenticated using (bucket_id = 'letters' and owner_id = auth.uid()::text) with check ((storage.foldername(name))[1] = auth.uid()::text);
create table public.t (id int primary key);
```

Nobody needs to sign in to fill the disk.

```sql
insert into storage.buckets (id, name, public) values ('drop', 'drop', false);
create policy add on storage.objects for insert with check (bucket_id = 'drop');  -- flagged
create table public.t (id int primary key);
```

That any signed-in user may upload in somebody else's folder, and no more, is a warning; so is what is open to all of
them in a bucket into which users cannot upload.

To mend it: `and (storage.foldername(name))[1] = auth.uid()::text` in the policies for insert, update and delete.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule

WRITES = ("upload", "overwrite", "move", "remove", "upload over", "move in")
WORDS = {
    "upload": "upload files in other users' folders",
    "move in": "move files into other users' folders",
    "upload over": "overwrite other users' files by uploading them again",
}


@rule(Severity.ERROR)
def others_files_writable(attempt: Attempt) -> Iterator[Hit]:
    """Files of B that A or anon changed, took or removed, and files that they put beside them."""
    if attempt.verb in WRITES and attempt.leak:
        what = f"{attempt.detail} other users' files" if attempt.detail else WORDS[attempt.verb]
        mild = attempt.actor != "anon" and (attempt.verb in {"upload", "move in"} or attempt.owner is None)
        yield Hit(
            attempt.target,
            f"{attempt.who} can {what} in {attempt.relation}",
            f"{attempt.relation} {attempt.verb} by {attempt.actor}",
            severity=Severity.WARNING if mild else None,
            reproducer=attempt.reproducer,
        )
