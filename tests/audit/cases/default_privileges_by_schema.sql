-- default privileges with and without IN SCHEMA; refused: 1
create schema app;
create role one nologin;
alter default privileges in schema app grant select on tables to one;
alter default privileges in schema app grant usage on sequences to one;
alter default privileges grant execute on functions to one;
alter default privileges in schema app grant usage on types to one;
create table app.t (id serial);
create function app.f() returns int language sql as 'select 1';
create type app.mood as enum ('a');
alter default privileges in schema app revoke select on tables from one;
create table app.u (id int);
alter default privileges in schema gone grant select on tables to one;
drop schema app cascade;
