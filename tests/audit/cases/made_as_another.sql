-- SET ROLE: what is made belongs to the role and has its default privileges
create role maker nologin;
grant maker to postgres;
grant create, usage on schema public to maker;
alter default privileges for role maker in schema public grant select on tables to anon;
set role maker;
create table t (id int);
create function f() returns int language sql as 'select 1';
reset role;
create table u (id int);
