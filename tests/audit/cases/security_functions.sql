-- Bodies of every form, and settings of every form.
create function a() returns int language sql begin atomic select 1; end;
create function b() returns int language sql security definer set search_path from current return 1;
create function c() returns void language plpgsql security definer set search_path to 'public', 'pg_temp' as $$ begin end $$;
create function d() returns void language plpgsql external security definer set "search_path" = "$user", public as 'begin end';
create table t (id int);
create function e() returns setof t language sql stable begin atomic select id from t; end;
create function f(t.id%type) returns int language sql as 'select 1';
drop table t cascade;
