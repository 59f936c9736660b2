-- R14: a function of the project that makes things, called from SQL and from a block.
create function protect(tab text, verb text default 'select') returns void language plpgsql as $$
begin
  execute format('alter table %I enable row level security', tab);
  execute format('create policy %I on %I for %s using (true)', tab || '_' || verb, tab, verb);
end $$;
create procedure make(name text) language plpgsql as $$ begin execute format('create table %I (id int)', name); end $$;
call make('one');
call make('two');
select protect('one', 'delete');
do $$ begin perform protect('two', 'update'); end $$;
create function configure(tab text, reads boolean default false, writes boolean default true) returns void language plpgsql as $$
begin
  if reads then execute format('create policy r on %I for select using (true)', tab); end if;
  if writes then execute format('create policy w on %I for insert with check (true)', tab); end if;
end $$;
select configure(tab => 'one', reads => true);
select configure('two', writes => false);
create function pg_temp.once() returns int language sql as 'select 1';
