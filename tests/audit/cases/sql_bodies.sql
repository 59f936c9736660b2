-- BEGIN ATOMIC bodies depend on what they read; refused: 3
create table t (id int, a int);
create function f() returns setof int language sql begin atomic select id from t; end;
create function g() returns bigint language sql return (select count(*) from t);
create function h() returns setof int language sql begin atomic select f(); end;
create function wrong() returns int language sql begin atomic select id from gone; end;
alter table t rename to u;
drop table u;
drop function f();
drop function f() cascade;
drop table u cascade;
