-- R5: a schema dropped with everything in it and made again.
create schema app;
grant usage on schema app to anon;
create table app.notes (id int);
alter table app.notes enable row level security;
create function app.f() returns int language sql as 'select 1';
create type app.mood as enum ('a', 'b');
create table public.uses (id int, m app.mood, x int);
create view public.reads as select id from app.notes;
create policy p on public.uses using (app.f() = 1);
drop schema app cascade;
create schema app;
create table app.notes (id int);
