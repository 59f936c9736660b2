-- A schema's new name reaches everything in it.
create schema app;
grant usage on schema app to anon;
alter default privileges in schema app grant select on tables to anon;
create table app.t (id serial primary key, owner uuid);
create function app.is_admin() returns boolean language sql as 'select true';
create function app.touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touch before update on app.t for each row execute function app.touch();
alter table app.t enable row level security;
create policy p on app.t using (app.is_admin() or owner = auth.uid());
create table public.links (t int references app.t, ok boolean default app.is_admin());
create policy l on public.links using (t in (select id from app.t));
create view public.v as select t.id from app.t;
alter schema app rename to core;
create table core.later (id int);
