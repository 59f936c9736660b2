-- What migrations do to the platform's own tables.
create policy "see own" on storage.buckets for select to authenticated using (owner = auth.uid());
create policy "room" on realtime.messages for select to authenticated using (realtime.topic() = 'room');
grant select on auth.users to anon;
revoke select on auth.users from anon;
alter table storage.objects enable row level security;
create table profiles (id uuid primary key references auth.users on delete cascade, mail text);
create view people as select id, email from auth.users;
revoke insert, update, delete on storage.objects from anon;
grant usage on schema auth to anon;
alter default privileges in schema storage grant select on tables to anon;
