-- what CREATE OR REPLACE FUNCTION may not change; refused: 8
create function f(a int, b text default 'x') returns int language sql as 'select a';
create or replace function f(a int, b text) returns int language sql as 'select a';
create or replace function f(c int, b text default 'x') returns int language sql as 'select c';
create or replace function f(a int, b text default 'x') returns text language sql as 'select b';
create or replace function f(a int, b text default 'x') returns setof int language sql as 'select a';
create or replace procedure f(a int, b text default 'x') language sql as 'select 1';
create or replace function f(a int, b text default 'y') returns int language sql security definer as 'select a';
create function f(a int, b text default 'x') returns int language sql as 'select a';
create function g(a int, out b int, out c text) language sql as $$ select 1, 'x' $$;
create or replace function g(a int, out b int) language sql as 'select 1';
create function tab(a int) returns table (x int, y text) language sql as $$ select 1, 'x' $$;
create or replace function tab(a int) returns table (x int) language sql as 'select 1';
