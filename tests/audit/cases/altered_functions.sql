-- R26: ALTER FUNCTION changes one thing at a time; RESET ALL forgets the search path.
create function f() returns int language sql set search_path = public set statement_timeout = '5s' as 'select 1';
alter function f() security definer stable;
alter function f() reset all;
alter function f() set search_path to pg_catalog, public;
create function g(a int) returns int language sql security definer set search_path = '' as 'select a';
alter function g(int) security invoker;
alter function g reset search_path;
alter function g(int) immutable strict;
create procedure p() language sql as 'select 1';
alter procedure p() security definer set search_path = '';
create schema app;
alter function g(int) set schema app;
