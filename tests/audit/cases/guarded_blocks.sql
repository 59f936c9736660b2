-- R14: blocks that make what is not there yet.
create table docs (id int);
do $$ begin
  if not exists (select 1 from pg_type where typname = 'mood') then create type mood as enum ('low', 'high'); end if;
  if not exists (select 1 from pg_policies where tablename = 'docs' and policyname = 'read') then
    create policy read on docs for select using (true);
  end if;
  if exists (select from information_schema.tables where table_schema = 'public' and table_name = 'nothing') then
    alter table nothing enable row level security;
  elsif to_regclass('public.docs') is not null then
    alter table docs enable row level security;
  else
    drop table docs;
  end if;
end $$;
do $$ begin
  create policy read on docs for select using (false);
exception when duplicate_object then null;
end $$;
do $$ begin
  create type mood as enum ('other');
exception
  when duplicate_object then
    create table fallback (id int);
end $$;
do $$
declare wanted boolean;
begin
  select exists (select 1 from pg_roles where rolname = 'authenticated') into wanted;
  if wanted then grant select on docs to authenticated; end if;
  if not exists (select 1 from information_schema.columns where table_name = 'docs' and column_name = 'owner') then
    alter table docs add column owner uuid default auth.uid();
  end if;
  if not exists (select 1 from pg_constraint where conname = 'docs_pkey') then
    alter table docs add constraint docs_pkey primary key (id);
  end if;
end $$;
