-- R17: LIKE and AS copy shape or rows, never protection.
create table source (
  id serial primary key, owner uuid not null default auth.uid(), n int generated always as identity,
  twice int generated always as (2) stored, note text);
alter table source enable row level security;
create policy own on source using (owner = auth.uid());
create table plain (like source);
create table whole (like source including all);
create table some_of_it (like source including defaults including identity, extra int);
create table taken as select * from source;
create table picked as select id, owner as who, lower(note) from source;
select note, id into selected from source;
create table listed (a, b) as table some_of_it;
create temporary table gone as select 1;
create materialized view seen as select * from source;
