-- R33: the last effective value of public counts.
insert into storage.buckets (id, name, public) values ('a', 'a', true), ('b', 'b', false), ('c', 'c', true);
insert into storage.buckets (id, name) values ('d', 'd');
insert into storage.buckets (id, name, public) values ('a', 'a', false) on conflict (id) do nothing;
insert into storage.buckets (id, name, public) values ('b', 'b', true) on conflict (id) do update set public = excluded.public;
insert into storage.buckets (id, name, public) values ('c', 'c', true) on conflict (id) do update set name = 'c';
update storage.buckets set public = false where id = 'c';
update storage.buckets set public = true where name in ('d');
insert into storage.buckets (id, name, public) select 'e', 'e', true where not exists (select 1 from storage.buckets where id = 'e');
create policy "own files" on storage.objects for all to authenticated
  using (bucket_id = 'a' and (storage.foldername(name))[1] = (select auth.uid()::text))
  with check (bucket_id = 'a' and owner = auth.uid());
alter policy "own files" on storage.objects to authenticated, anon;
