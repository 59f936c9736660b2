-- refused: 1
create table docs (id int, owner uuid, open boolean);
create policy p on docs for update to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
alter policy p on docs using (open);
alter policy p on docs to anon, authenticated;
alter policy p on docs rename to q;
create policy r on docs as restrictive for select to public using (true);
alter policy r on docs to service_role with check (false);
