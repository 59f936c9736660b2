-- refused: 1
-- The usual way to close functions: over pg_proc, by oid::regprocedure.
create function f(a uuid, b text[]) returns int language sql security definer as 'select 1';
create function f(a int) returns int language sql security definer as 'select 1';
create function g() returns int language sql as 'select 1';
create procedure p(n int) language sql as 'select 1';
do $$
declare fn record;
begin
  for fn in
    select p.oid::regprocedure as sig, p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.prosecdef
  loop
    execute format('revoke execute on function %s from public, anon', fn.sig);
    execute format('alter function %s set search_path = %L', fn.sig, '');
  end loop;
end $$;
revoke execute on all functions in schema public from authenticated;
revoke execute on all procedures in schema public from service_role;
do $$
declare
  names text[] := array['public.f(uuid, text[])', 'public.g()', 'public.nothing(int)'];
  one text;
  proc regprocedure := to_regprocedure('public.g()');
begin
  foreach one in array names loop
    if to_regprocedure(one) is null then
      raise notice 'there is no %', one;
      continue;
    end if;
    execute format('revoke all on function %s from service_role', to_regprocedure(one));
  end loop;
  execute format('grant execute on function %s to anon', proc);
end $$;
revoke execute on function f from anon;
