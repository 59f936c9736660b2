-- DO blocks: nested, with loops, that fail in the end; refused: 1
create table t1 (id int);
create table t2 (id int);
do $$
declare name text;
begin
  foreach name in array array['t1', 't2', 't3'] loop
    begin
      execute format('alter table %I enable row level security', name);
      execute format('create policy p on %I using (true)', name);
    exception when undefined_table then
      execute format('create table %I (id int)', name);
    end;
  end loop;
end $$;
do $$
begin
  for i in 1..3 loop
    execute format('create table n%s (id int)', i);
    continue when i = 2;
    execute 'alter table n' || i || ' add column more int';
  end loop;
  create table t1 (id int);
end $$;
do $outer$ begin
  execute $inner$ create function f() returns text language sql as $f$ select 'a;b' $f$ $inner$;
end $outer$;
