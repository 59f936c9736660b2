-- R24: another argument list is a second function; the old one stays callable.
create function pay(who uuid) returns void language sql as 'select';
revoke execute on function pay(uuid) from public, anon, authenticated;
create or replace function pay(who uuid, amount numeric default 1) returns void language sql as 'select';
create or replace function pay(who uuid, out amount int, note text default '') language sql as 'select 1';
create function many(variadic names text[]) returns int language sql as 'select 1';
create function rows_of(n int) returns table (a int, b text) language sql as $$ select 1, 'x' $$;
drop function pay(uuid, numeric);
drop function if exists pay(int);
