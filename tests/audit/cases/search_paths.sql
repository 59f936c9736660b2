-- R27: the search path decides where an object is made and which is meant; it ends with its file.
create schema app;
create schema other;
set search_path = app, public;
create table notes (id int, owner uuid);
create table public.notes (id int);
alter table notes enable row level security;
create policy own on notes using (owner = auth.uid());
create view v as select id from notes;
set search_path to other;
create table notes (id int);
create function f() returns int language sql as 'select 1';
reset search_path;
alter table notes force row level security;
select pg_catalog.set_config('search_path', '', false);
create table other.dumped (id int);
create policy p on other.dumped using (other.f() = 1);
set search_path to default;
create table here (id int);
-- file: 2.sql
create table there (id int);
select set_config('search_path', 'app', false);
create table inside (id int);
