-- R22: each source of a privilege stands by itself; a table-level REVOKE clears that role's column grants.
create table t (id int, a text, b text);
grant select (a, b), update (b) on t to anon;
revoke select (a) on t from anon;
grant all (a) on t to authenticated;
grant select on t to public;
create table u (id int, a text);
grant select (a) on u to service_role;
revoke all on u from service_role;
revoke select on u from public;
create table w (id int);
grant select on w to authenticated with grant option;
revoke grant option for select on w from authenticated;
revoke insert, update on table w from anon, authenticated;
create function f() returns int language sql as 'select 1';
revoke execute on function f from anon;
create function g() returns int language sql as 'select 1';
revoke all on function g() from public;
grant execute on routine g to anon;
