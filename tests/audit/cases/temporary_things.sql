-- temporary tables, views and functions in pg_temp belong to nobody
create temporary table t (id int);
create temp view v as select 1 as x;
create function pg_temp.f() returns int language sql as 'select 1';
create table kept (id int);
create temp table kept (id int, n int);
