-- WITH GRANT OPTION, and REVOKE GRANT OPTION FOR; refused: 1
create role one nologin;
create table t (id int);
grant select, update on t to one with grant option;
revoke grant option for update on t from one;
grant usage on schema public to one with grant option;
create function f() returns int language sql as 'select 1';
grant execute on function f() to one with grant option;
revoke select on t from one;
grant select on t to public with grant option;
