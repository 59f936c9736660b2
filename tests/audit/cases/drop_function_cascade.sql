-- refused: 1
-- R7: the policy goes, row security stays; so do triggers and defaults.
create function is_admin() returns boolean language sql stable as 'select true';
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create function token() returns text language sql as $$ select 'x' $$;
create table docs (id int, code text default token());
alter table docs enable row level security;
create policy admins on docs using (is_admin());
create policy all_read on docs for select using (true);
create trigger touch before update on docs for each row execute function touch();
create view admins_see as select id from docs where is_admin();
drop function is_admin();
drop function is_admin() cascade;
drop function touch cascade;
drop function token() cascade;
