-- R13: the same over pg_tables, pg_policies and their kin.
create table one (id int);
create table two (id int);
create view watched as select id from one;
create policy old on one using (true);
create policy older on two using (false);
do $$
declare r record; n int := 0;
begin
  for r in select schemaname, tablename from pg_tables where schemaname = 'public' and tablename not like 'tw%' order by 1 loop
    execute format('alter table %I.%I enable row level security', r.schemaname, r.tablename);
    n := n + 1;
  end loop;
  for r in (select policyname, tablename from pg_policies where schemaname = 'public' and policyname ilike 'OLD') loop
    execute format('drop policy if exists %I on public.%I', r.policyname, r.tablename);
  end loop;
  if n = 1 then
    alter table two force row level security;
  end if;
  for r in select c.oid::regclass as rel from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = 'public' and c.relkind = 'v' loop
    execute format('alter view %s set (security_invoker = on)', r.rel);
  end loop;
end $$;
