-- ALL ... IN SCHEMA for every kind, on what is there now; refused: 1
create schema app;
create role one nologin;
create table app.t (id serial);
create view app.v as select 1 as x;
create materialized view app.m as select 1 as x;
create function app.f() returns int language sql as 'select 1';
create procedure app.p() language sql as 'select 1';
create aggregate app.total(int) (sfunc = int4pl, stype = int4);
grant select on all tables in schema app to one;
grant usage on all sequences in schema app to one;
revoke execute on all functions in schema app from public;
grant execute on all procedures in schema app to one;
revoke execute on all routines in schema app from public;
create table app.later (id int);
grant select on all tables in schema gone to one;
