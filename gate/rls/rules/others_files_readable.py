"""A stranger reads files of a private bucket that belong to somebody else.

The policy asks for the bucket alone. The storage service lists and hands out what the caller may select.

```sql
insert into storage.buckets (id, name, public) values ('letters', 'letters', false);
create policy add on storage.objects for insert to authenticated with check (bucket_id = 'letters' and (storage.foldername(name))[1] = auth.uid()::text);
create policy see on storage.objects for select to authenticated using (bucket_id = 'letters');  -- flagged
create table public.t (id int primary key);
```

```sql
insert into storage.buckets (id, name, public) values ('letters', 'letters', false);
create policy add on storage.objects for insert to authenticated with check (bucket_id = 'letters' and (storage.foldername(name))[1] = auth.uid()::text);
create policy see on storage.objects for select to authenticated using (bucket_id = 'letters' and (storage.foldername(name))[1] = auth.uid()::text);
create table public.t (id int primary key);
```

What a bucket that is public holds is for everybody.

```sql
insert into storage.buckets (id, name, public) values ('avatars', 'avatars', true);
create policy add on storage.objects for insert to authenticated with check (bucket_id = 'avatars' and owner_id = auth.uid()::text);
create policy see on storage.objects for select using (bucket_id = 'avatars');
create table public.t (id int primary key);
```

A bucket that only the backend fills holds no user's files.

```sql
insert into storage.buckets (id, name, public) values ('lessons', 'lessons', false);
create policy see on storage.objects for select to authenticated using (bucket_id = 'lessons');
create table public.t (id int primary key);
```

To mend it: `and (storage.foldername(name))[1] = auth.uid()::text`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rls.attempt import Attempt
from gate.rule import rule


@rule(Severity.ERROR)
def others_files_readable(attempt: Attempt) -> Iterator[Hit]:
    """Files of B in a private bucket that came back to A or anon."""
    if attempt.verb == "read" and attempt.leak and attempt.owner and not attempt.public:
        yield Hit(
            attempt.target,
            f"{attempt.who} reads other users' files in {attempt.relation}, which is private",
            f"{attempt.relation} read by {attempt.actor}",
            reproducer=attempt.reproducer,
        )
