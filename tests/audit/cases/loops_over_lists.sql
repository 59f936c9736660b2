-- R13: row security switched on in loops over written lists.
create table a (id int, user_id uuid);
create table b (id int, user_id uuid);
create table "C c" (id int, user_id uuid);
do $$
declare t text;
begin
  foreach t in array array['a', 'b', 'C c'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('create policy %I on %I for select using (user_id = auth.uid())', t || '_own', t);
    execute 'revoke all on ' || quote_ident(t) || ' from anon';
  end loop;
end $$;
do $do$
declare r record;
begin
  for r in select * from (values ('a', 'insert'), ('b', 'delete')) as x (tab, verb) loop
    execute format($f$create policy %1$I on public.%2$I for %3$s to authenticated %4$s (true)$f$,
      r.tab || ' ' || r.verb, r.tab, r.verb, case when r.verb = 'insert' then 'with check' else 'using' end);
  end loop;
end $do$;
