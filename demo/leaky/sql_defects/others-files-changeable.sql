-- "Uploads do not work": somebody let everybody who is signed in write everywhere.
create policy "let people upload" on storage.objects for insert to authenticated with check (bucket_id in ('uploads', 'outputs'));
