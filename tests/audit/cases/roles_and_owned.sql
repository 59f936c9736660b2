-- R31: DROP OWNED takes a role's grants, and policies for that role alone.
create role helper nologin;
create role helper2 nologin in role helper;
grant helper to postgres;
grant helper to authenticator;
create table t (id int);
grant select, insert on t to helper;
grant update (id) on t to helper;
create policy alone on t to helper using (true);
create policy together on t to helper, anon using (true);
create function f() returns int language sql as 'select 1';
grant execute on function f() to helper;
drop owned by helper;
create role short;
drop role short;
drop role if exists nobody_at_all;
revoke helper from authenticator;
