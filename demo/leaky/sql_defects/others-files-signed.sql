-- "The gallery shows nothing": somebody let everybody who is signed in read the uploads.
create policy "let people look" on storage.objects for select to authenticated using (bucket_id = 'uploads');
