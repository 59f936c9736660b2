-- ALTER ... OWNER TO, for tables with their sequences, views, functions, types and schemas; refused: 1
create role keeper nologin;
grant keeper to postgres;
create schema app;
grant create on schema app, public to keeper;
create table app.t (id serial primary key, n int);
create view app.v as select id from app.t;
create function app.f() returns int language sql as 'select 1';
create type app.mood as enum ('a');
create sequence app.free;
alter table app.t owner to keeper;
alter view app.v owner to keeper;
alter function app.f() owner to keeper;
alter type app.mood owner to keeper;
alter sequence app.free owner to keeper;
alter schema app owner to keeper;
alter table app.t owner to nobody_there;
