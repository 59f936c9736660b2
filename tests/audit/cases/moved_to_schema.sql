-- R4: row security, policies and grants move along; the new schema's default privileges do not apply.
create schema archive;
alter default privileges in schema archive grant select on tables to anon;
create table notes (id bigserial primary key, body text);
alter table notes enable row level security;
create policy all_of_it on notes using (true);
create table links (note bigint references notes);
create policy through on links using (note in (select id from notes));
alter table notes set schema archive;
