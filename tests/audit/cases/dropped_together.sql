-- DROP of several objects: all of them or none; refused: 5
create table a (id int primary key);
create table b (id int references a);
create table c (id int);
drop table c, gone;
drop table a, c;
drop table a, b;
drop table if exists gone, c;
create view v as select 1 as x;
create view w as select x from v;
drop view v;
drop view w, v;
create function f() returns int language sql as 'select 1';
drop function f(), gone();
drop function if exists gone(), f();
drop schema gone, extensions;
