-- R18, R19: ALL TABLES means those of now, views included; later ones get the defaults again.
create schema app;
create table app.a (id int);
create view app.v as select 1 as x;
create table b (id serial);
grant select on all tables in schema app to authenticated;
revoke all on all tables in schema public from anon, authenticated;
grant usage on all sequences in schema public to anon;
create table app.later (id int);
create table c (id int);
