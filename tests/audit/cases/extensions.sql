-- Extensions bring objects of their own, which are no object of the project.
create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pg_trgm;
create extension if not exists pg_cron;
create extension if not exists vector with schema extensions;
grant usage on schema cron to postgres;
create table t (id uuid primary key default uuid_generate_v4(), v vector(3), e extensions.vector(2));
create index on t using gin ((id::text) gin_trgm_ops);
drop extension pg_trgm cascade;
