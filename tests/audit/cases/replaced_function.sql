-- R10, R23: replacing resets SET and SECURITY to what is written, and keeps the grants.
create function f(a int) returns int language plpgsql security definer set search_path = '' stable as $$ begin return a; end $$;
revoke execute on function f(int) from public, anon;
grant execute on function f(int) to service_role;
create or replace function f(a int) returns int language sql as 'select a';
create function g() returns int language sql security definer set search_path = public, extensions set timezone = 'UTC' immutable as 'select 1';
revoke all on function g() from public;
drop function g();
create function g() returns int language sql as 'select 1';
