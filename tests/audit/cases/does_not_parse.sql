-- refused: 4
-- R35: a statement that does not parse is named, and the rest goes on.
create table docs (id int);
create policy if not exists p on docs using (true);
alter table docs enable row level security;
create tabel x (id int);
create policy q on docs for select using (true);
create function f() returns int language plpgsql as $ begin return 1; end $;
create function g() returns text language sql as $$ select 'a;b' $$;
