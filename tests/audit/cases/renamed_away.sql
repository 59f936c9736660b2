-- R2, R3: row security and policies follow the table; views and policies that read it follow too.
create table notes (id uuid primary key, owner uuid references auth.users (id));
create table members (id int, note uuid references notes (id));
alter table notes enable row level security;
create policy own on notes for select using (notes.owner = auth.uid());
create policy seen on members using (exists (select 1 from notes where notes.id = note and notes.owner = auth.uid()));
create policy aliased on members for delete using (exists (select 1 from notes n where n.id = members.note));
create view mine as select notes.id from notes;
alter table notes rename to notes_old;
create table notes (id uuid);
alter table members rename to people;
