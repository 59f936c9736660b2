-- refused: 2
-- R8: a column that a policy uses is kept without CASCADE, and with it the policy goes.
create table docs (id int primary key, owner uuid, team int, note text);
create table parts (doc int references docs (id), owner uuid);
create policy own on docs using (owner = auth.uid());
create policy part on parts using (exists (select 1 from docs d where d.id = doc and d.team = 1));
create view titles as select id, note from docs;
alter table docs drop column owner;
alter table docs drop column note;
alter table docs drop column owner cascade;
alter table docs drop column note cascade;
alter table docs drop column team cascade;
alter table parts drop column owner;
alter table docs drop column id cascade;
alter table docs drop column if exists missing;
