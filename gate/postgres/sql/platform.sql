-- platform.sql: turns an empty PostgreSQL cluster (15 to 18, best 16 or newer) into a Supabase look-alike.
--
-- Run it once, in database "postgres", as the bootstrap superuser, which must be called supabase_admin
-- (initdb -U supabase_admin). Afterwards nothing logs in as that superuser again: migrations run as "postgres",
-- which is not a superuser here, as it is not on a hosted project.
--
-- The names and types below are Supabase's interface; every function body is our own. Lines marked LOCAL differ
-- from a hosted project on purpose, and the reason stands next to them.

set client_min_messages = warning;
set check_function_bodies = off;

-- 1. Roles ---------------------------------------------------------------------------------------------------------
-- LOCAL: service roles that log in on a hosted project are "nologin" here; nothing needs their login.
-- LOCAL: "postgres" has no REPLICATION (it could stream the data directory) and, below version 16, no CREATEROLE:
--        there a CREATEROLE role may grant itself pg_execute_server_program and run programs on the host.
do $$
declare
  major int := current_setting('server_version_num')::int / 10000;
  wanted record;
begin
  for wanted in
    select * from (values
      ('postgres',                   'login createdb bypassrls' || case when major >= 16 then ' createrole' else '' end),
      ('anon',                       'nologin'),
      ('authenticated',              'nologin'),
      ('service_role',               'nologin bypassrls'),
      ('authenticator',              'login noinherit'),
      ('supabase_auth_admin',        'nologin noinherit'),
      ('supabase_storage_admin',     'nologin noinherit'),
      ('supabase_realtime_admin',    'nologin noinherit'),
      ('supabase_functions_admin',   'nologin noinherit'),
      ('supabase_replication_admin', 'nologin'),
      ('supabase_etl_admin',         'nologin'),
      ('supabase_read_only_user',    'nologin bypassrls'),
      ('supabase_superuser',         'nologin'),   -- a name only, not a superuser, on hosted too
      ('supabase_privileged_role',   'nologin'),   -- the role supautils acts for on hosted projects
      ('dashboard_user',             'nologin'),
      ('pgbouncer',                  'nologin'),
      ('cli_login_postgres',         'nologin'),
      ('pgtle_admin',                'nologin'),
      ('pgsodium_keyiduser',         'nologin'),
      ('pgsodium_keyholder',         'nologin'),
      ('pgsodium_keymaker',          'nologin'),
      ('sandbox_exec',               'nologin'),   -- LOCAL: named in migrations written by one app builder
      ('gate_local_owner',           'nologin')    -- LOCAL: owns our SECURITY DEFINER helpers, so that no superuser does
    ) as roles (name, attributes)
  loop
    if not exists (select from pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.attributes);
    end if;
  end loop;

  grant anon, authenticated, service_role to authenticator;
  if major >= 16 then
    execute 'grant anon, authenticated, service_role to postgres with admin option';
    -- LOCAL: supautils lets hosted "postgres" manage policies and drop triggers on tables it does not own. Inheriting
    -- the owners comes closest. "set false" forbids becoming them, and without admin nothing can be passed on.
    execute 'grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres with inherit true, set false';
    -- for: alter role authenticator set pgrst....
    execute 'grant authenticator to postgres with admin true, inherit false, set false';
  else
    execute 'grant anon, authenticated, service_role, supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres';
  end if;
end $$;

-- LOCAL: hosted also grants pg_read_all_data (it can read pg_authid) and, on 17, pg_create_subscription (a connection
-- to anywhere). Neither is needed to replay migrations.
grant pg_monitor, pg_signal_backend, supabase_superuser, supabase_privileged_role, pgtle_admin to postgres;

-- Settings that supautils lets hosted "postgres" change although they are reserved for superusers.
grant set on parameter
  session_replication_role, log_min_messages, log_min_duration_statement, log_statement, track_io_timing,
  "pgrst.db_schemas", "pgrst.db_max_rows", "pgrst.db_extra_search_path", "pgrst.db_pre_request", "pgrst.db_tx_end",
  "pgrst.db_aggregates_enabled", "pgrst.db_plan_enabled", "pgrst.openapi_mode", "pgrst.jwt_secret"
  to postgres;

alter role anon          set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres               set search_path = "$user", public, extensions;
alter role supabase_admin         set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin    set search_path = auth;
alter role supabase_storage_admin set search_path = storage;

-- 2. Database and schemas ------------------------------------------------------------------------------------------
do $$ begin
  execute format('alter database %I owner to postgres', current_database());
end $$;
alter schema public owner to pg_database_owner;
grant usage, create on schema public to postgres;
grant usage on schema public to anon, authenticated, service_role;

-- LOCAL: hosted gives auth, storage and realtime to supabase_admin and refuses new objects there (the platform refuses them since April 2025).
create schema if not exists auth     authorization supabase_auth_admin;
create schema if not exists storage  authorization supabase_storage_admin;
create schema if not exists realtime authorization supabase_realtime_admin;
create schema if not exists supabase_migrations authorization postgres;
create schema if not exists extensions;
create schema if not exists graphql;
create schema if not exists graphql_public;
create schema if not exists pgbouncer;
create schema if not exists pgsodium;
create schema if not exists supabase_functions;
create schema if not exists vault;
create schema if not exists _realtime;

grant usage on schema extensions to public;
grant usage, create on schema extensions, graphql, pgsodium to postgres with grant option;
grant usage on schema auth, storage, realtime to postgres with grant option;
grant usage on schema auth, storage, realtime to anon, authenticated, service_role;
grant usage on schema graphql_public, supabase_functions to postgres, anon, authenticated, service_role;

-- Installed on day one. Skipped quietly where the server does not ship them; the stand-ins of extensions supplies the missing ones.
do $$
declare wanted text;
begin
  foreach wanted in array array['pgcrypto', 'uuid-ossp', 'pg_stat_statements'] loop
    if exists (select from pg_available_extensions where name = wanted) then
      execute format('create extension if not exists %I with schema extensions', wanted);
    end if;
  end loop;
end $$;
grant all on all routines in schema extensions to postgres with grant option;

-- 3. Default privileges in public ----------------------------------------------------------------------------------
-- The old regime ("auto-expose"): whatever postgres creates in public is open to the API roles, and only row level
-- security stands between. explicit_grants.sql switches to the new regime.
do $$
declare creator text; kind text;
begin
  foreach creator in array array['postgres', 'supabase_admin'] loop
    foreach kind in array array['tables', 'sequences', 'functions'] loop
      execute format('alter default privileges for role %I in schema public grant all on %s to postgres, anon, authenticated, service_role',
                     creator, kind);
    end loop;
  end loop;
end $$;

-- 4. auth ----------------------------------------------------------------------------------------------------------
-- uid(), role() and email() read one claim: first the older setting that holds just that claim, then the JSON with all.
do $$
declare reader record;
begin
  for reader in select * from (values ('uid', 'sub', 'uuid'), ('role', 'role', 'text'), ('email', 'email', 'text')) as r (name, claim, type)
  loop
    execute format($make$
      create or replace function auth.%1$I() returns %3$s language sql stable as $body$
        select case
          when current_setting('request.jwt.claim.%2$s', true) <> '' then current_setting('request.jwt.claim.%2$s', true)
          when current_setting('request.jwt.claims', true) <> '' then current_setting('request.jwt.claims', true)::jsonb ->> %2$L
        end::%3$s
      $body$ $make$, reader.name, reader.claim, reader.type);
  end loop;
end $$;
create or replace function auth.jwt() returns jsonb language sql stable as $$
  select case
    when current_setting('request.jwt.claim', true) <> '' then current_setting('request.jwt.claim', true)::jsonb
    when current_setting('request.jwt.claims', true) <> '' then current_setting('request.jwt.claims', true)::jsonb
  end $$;

do $$
declare kind record;
begin
  for kind in
    select * from (values
      ('aal_level',             array['aal1', 'aal2', 'aal3']),
      ('code_challenge_method', array['s256', 'plain']),
      ('factor_status',         array['unverified', 'verified']),
      ('factor_type',           array['totp', 'webauthn', 'phone']),
      ('one_time_token_type',   array['confirmation_token', 'reauthentication_token', 'recovery_token', 'email_change_token_new',
                                      'email_change_token_current', 'phone_change_token'])
    ) as kinds (name, labels)
  loop
    if to_regtype('auth.' || kind.name) is null then
      execute format('create type auth.%I as enum (%s)', kind.name,
                     (select string_agg(quote_literal(label), ', ') from unnest(kind.labels) as label));
    end if;
  end loop;
end $$;

create table if not exists auth.users (
  instance_id uuid,
  id uuid primary key,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  invited_at timestamptz,
  confirmation_token varchar(255),
  confirmation_sent_at timestamptz,
  recovery_token varchar(255),
  recovery_sent_at timestamptz,
  email_change_token_new varchar(255),
  email_change varchar(255),
  email_change_sent_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  created_at timestamptz,
  updated_at timestamptz,
  phone text default null unique,
  phone_confirmed_at timestamptz,
  phone_change text default '',
  phone_change_token varchar(255) default '',
  phone_change_sent_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  email_change_token_current varchar(255) default '',
  email_change_confirm_status smallint default 0 check (email_change_confirm_status between 0 and 2),
  banned_until timestamptz,
  reauthentication_token varchar(255) default '',
  reauthentication_sent_at timestamptz,
  is_sso_user boolean not null default false,
  deleted_at timestamptz,
  is_anonymous boolean not null default false);
create unique index if not exists users_email_partial_key on auth.users (email) where not is_sso_user;
create index if not exists users_instance_id_email_idx on auth.users (instance_id, lower(email));

create table if not exists auth.identities (
  provider_id text not null,
  user_id uuid not null references auth.users (id) on delete cascade,
  identity_data jsonb not null,
  provider text not null,
  last_sign_in_at timestamptz,
  created_at timestamptz,
  updated_at timestamptz,
  email text generated always as (lower(identity_data ->> 'email')) stored,
  id uuid primary key default gen_random_uuid(),
  unique (provider_id, provider));

create table if not exists auth.sessions (
  id uuid primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz, updated_at timestamptz,
  factor_id uuid, aal auth.aal_level, not_after timestamptz, refreshed_at timestamp, user_agent text, ip inet, tag text,
  oauth_client_id uuid, refresh_token_hmac_key text, refresh_token_counter bigint, scopes text);

create table if not exists auth.refresh_tokens (
  instance_id uuid, id bigserial primary key, token varchar(255) unique, user_id varchar(255), revoked boolean,
  created_at timestamptz, updated_at timestamptz, parent varchar(255),
  session_id uuid references auth.sessions (id) on delete cascade);

create table if not exists auth.mfa_factors (
  id uuid primary key, user_id uuid not null references auth.users (id) on delete cascade, friendly_name text,
  factor_type auth.factor_type not null, status auth.factor_status not null,
  created_at timestamptz not null, updated_at timestamptz not null, secret text, phone text, last_challenged_at timestamptz,
  web_authn_credential jsonb, web_authn_aaguid uuid, last_webauthn_challenge_data jsonb);
create table if not exists auth.mfa_challenges (
  id uuid primary key, factor_id uuid not null references auth.mfa_factors (id) on delete cascade,
  created_at timestamptz not null, verified_at timestamptz, ip_address inet not null, otp_code text, web_authn_session_data jsonb);
create table if not exists auth.mfa_amr_claims (
  session_id uuid not null references auth.sessions (id) on delete cascade, created_at timestamptz not null,
  updated_at timestamptz not null, authentication_method text not null, id uuid primary key,
  unique (session_id, authentication_method));
create table if not exists auth.one_time_tokens (
  id uuid primary key, user_id uuid not null references auth.users (id) on delete cascade,
  token_type auth.one_time_token_type not null, token_hash text not null, relates_to text not null,
  created_at timestamp not null default now(), updated_at timestamp not null default now());
create table if not exists auth.flow_state (
  id uuid primary key, user_id uuid, auth_code text, code_challenge_method auth.code_challenge_method, code_challenge text,
  provider_type text not null, provider_access_token text, provider_refresh_token text, created_at timestamptz,
  updated_at timestamptz, authentication_method text not null, auth_code_issued_at timestamptz, invite_token text,
  referrer text, oauth_client_state_id uuid, linking_target_id uuid, email_optional boolean not null default false);
create table if not exists auth.sso_providers (
  id uuid primary key, resource_id text, created_at timestamptz, updated_at timestamptz, disabled boolean);
create table if not exists auth.sso_domains (
  id uuid primary key, sso_provider_id uuid not null references auth.sso_providers (id) on delete cascade,
  domain text not null, created_at timestamptz, updated_at timestamptz);
create table if not exists auth.saml_providers (
  id uuid primary key, sso_provider_id uuid not null references auth.sso_providers (id) on delete cascade,
  entity_id text not null unique, metadata_xml text not null, metadata_url text, attribute_mapping jsonb,
  created_at timestamptz, updated_at timestamptz, name_id_format text);
create table if not exists auth.saml_relay_states (
  id uuid primary key, sso_provider_id uuid not null references auth.sso_providers (id) on delete cascade,
  request_id text not null, for_email text, redirect_to text, created_at timestamptz, updated_at timestamptz,
  flow_state_id uuid references auth.flow_state (id) on delete cascade);
create table if not exists auth.audit_log_entries (
  instance_id uuid, id uuid primary key, payload json, created_at timestamptz, ip_address varchar(64) not null default '');
create table if not exists auth.instances (
  id uuid primary key, uuid uuid, raw_base_config text, created_at timestamptz, updated_at timestamptz);
create table if not exists auth.schema_migrations (version varchar(255) primary key);
-- LOCAL: the oauth_*, webauthn_* and custom_oauth_providers tables are left out; no migration we read names them.

-- 5. storage -------------------------------------------------------------------------------------------------------
do $$ begin
  if to_regtype('storage.buckettype') is null then
    create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');
  end if;
end $$;
create table if not exists storage.buckets (
  id text primary key,
  name text not null,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  owner_id text,
  type storage.buckettype not null default 'STANDARD',
  versioning_status text not null default 'DISABLED');
create unique index if not exists bname on storage.buckets (name);
create table if not exists storage.objects (
  id uuid primary key default gen_random_uuid(),
  bucket_id text references storage.buckets (id),
  name text,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  owner_id text,
  user_metadata jsonb,
  archived_at timestamptz,
  is_delete_marker boolean not null default false,
  is_versioned boolean not null default false);
create unique index if not exists bucketid_objname on storage.objects (bucket_id, name);
create index if not exists name_prefix_search on storage.objects (name text_pattern_ops);
create table if not exists storage.s3_multipart_uploads (
  id text primary key, in_progress_size bigint not null default 0, upload_signature text not null,
  bucket_id text not null references storage.buckets (id), key text not null, version text not null, owner_id text,
  created_at timestamptz not null default now(), user_metadata jsonb, metadata jsonb);
create table if not exists storage.s3_multipart_uploads_parts (
  id uuid primary key default gen_random_uuid(), upload_id text not null references storage.s3_multipart_uploads (id) on delete cascade,
  size bigint not null default 0, part_number int not null, bucket_id text not null references storage.buckets (id), key text not null,
  etag text not null, owner_id text, version text not null, created_at timestamptz not null default now());
create table if not exists storage.prefixes (   -- older projects only
  bucket_id text not null references storage.buckets (id), name text not null, level integer not null default 0,
  created_at timestamptz default now(), updated_at timestamptz default now(), primary key (bucket_id, level, name));
create table if not exists storage.migrations (
  id int primary key, name varchar(100) unique not null, hash varchar(40) not null, executed_at timestamp default now());

create or replace function storage.foldername(name text) returns text[] language sql immutable as $$
  select case when name <> '' then trim_array(string_to_array(name, '/'), 1) end $$;
create or replace function storage.filename(name text) returns text language sql immutable as $$
  select case when name <> '' then split_part(name, '/', -1) end $$;
create or replace function storage.extension(name text) returns text language sql immutable as $$
  select case when name <> '' then split_part(split_part(name, '/', -1), '.', -1) end $$;
create or replace function storage.operation() returns text language sql stable as $$
  select current_setting('storage.operation', true) $$;
create or replace function storage.allow_any_operation(expected_operations text[]) returns boolean language sql stable as $$
  select exists (
    select from unnest(expected_operations) as wanted
    where wanted <> '' and regexp_replace(wanted, '^storage\.', '') = regexp_replace(storage.operation(), '^storage\.', '')) $$;
create or replace function storage.allow_only_operation(expected_operation text) returns boolean language sql stable as $$
  select storage.allow_any_operation(array[expected_operation]) $$;
create or replace function storage.get_size_by_bucket() returns table (size bigint, bucket_id text) language sql stable as $$
  select coalesce(sum((o.metadata ->> 'size')::bigint), 0)::bigint, o.bucket_id from storage.objects as o group by o.bucket_id $$;
-- LOCAL: a plain prefix listing. Good enough for functions that call it to be created; never compare its output with hosted.
create or replace function storage.search(prefix text, bucketname text, limits int default 100, levels int default 1, offsets int default 0,
                                          search text default '', sortcolumn text default 'name', sortorder text default 'asc')
returns table (name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language sql stable as $$
  select o.name, o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata
  from storage.objects as o where o.bucket_id = bucketname and starts_with(o.name, prefix || search)
  order by o.name limit limits offset offsets $$;

-- Rows are removed through the API only, unless the session says otherwise; one check per statement, even for zero rows.
create or replace function storage.protect_delete() returns trigger language plpgsql as $$
begin
  if current_setting('storage.allow_delete_query', true) is distinct from 'true' then
    raise exception 'storage rows are deleted through the Storage API, not by SQL' using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;
create or replace function storage.enforce_bucket_name_length() returns trigger language plpgsql as $$
begin
  raise exception 'a bucket name has at most 100 characters, this one has %', length(new.name);
end $$;
create or replace function storage.update_updated_at_column() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;
create or replace trigger protect_objects_delete before delete on storage.objects for each statement execute function storage.protect_delete();
create or replace trigger protect_buckets_delete before delete on storage.buckets for each statement execute function storage.protect_delete();
create or replace trigger enforce_bucket_name_length_trigger before insert or update of name on storage.buckets
  for each row when (length(new.name) > 100) execute function storage.enforce_bucket_name_length();
create or replace trigger update_objects_updated_at before update on storage.objects
  for each row execute function storage.update_updated_at_column();

-- 6. realtime, vault, graphql, webhooks ----------------------------------------------------------------------------
create table if not exists realtime.messages (
  topic text not null, extension text not null, payload jsonb, event text, private boolean default false,
  updated_at timestamp not null default now(), inserted_at timestamp not null default now(), id uuid not null default gen_random_uuid(),
  primary key (id, inserted_at)) partition by range (inserted_at);
create table if not exists realtime.messages_all partition of realtime.messages default;   -- LOCAL: hosted makes one partition a day
create table if not exists realtime.subscription (
  id bigint generated always as identity primary key, subscription_id uuid not null, entity regclass not null,
  claims jsonb not null, created_at timestamp not null default now());
create or replace function realtime.topic() returns text language sql stable as $$
  select topic from current_setting('realtime.topic', true) as topic where topic <> '' $$;
-- LOCAL: a message is stored, nobody is told. As on hosted, a refused message is a warning and not an error.
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language plpgsql as $$
begin
  insert into realtime.messages (topic, event, payload, private, extension)
  values (send.topic, send.event, send.payload, send.private, 'broadcast');
exception when others then
  raise warning 'realtime.send stored nothing: %', sqlerrm;
end $$;
create or replace function realtime.broadcast_changes(topic_name text, event_name text, operation text, table_name text, table_schema text,
                                                      new record, old record, level text default 'ROW') returns void
language plpgsql as $$
begin
  perform realtime.send(jsonb_build_object('schema', table_schema, 'table', table_name, 'operation', operation,
                                           'record', to_jsonb(new), 'old_record', to_jsonb(old)), event_name, topic_name);
end $$;
do $$ begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then create publication supabase_realtime; end if;
end $$;
alter publication supabase_realtime owner to postgres;

-- LOCAL: secrets are kept as plain text. Nothing real may ever be put here.
create table if not exists vault.secrets (
  id uuid primary key default gen_random_uuid(), name text unique, description text not null default '', secret text not null,
  key_id uuid, nonce bytea, created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create or replace view vault.decrypted_secrets as
  select id, name, description, secret, secret as decrypted_secret, key_id, nonce, created_at, updated_at from vault.secrets;
create or replace function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null)
returns uuid language sql security definer set search_path = '' as $$
  insert into vault.secrets (name, description, secret, key_id)
  values (new_name, coalesce(new_description, ''), new_secret, new_key_id) returning id $$;
create or replace function vault.update_secret(secret_id uuid, new_secret text default null, new_name text default null,
                                               new_description text default null, new_key_id uuid default null)
returns void language sql security definer set search_path = '' as $$
  update vault.secrets as s
  set secret = coalesce(new_secret, s.secret), name = coalesce(new_name, s.name), key_id = coalesce(new_key_id, s.key_id),
      description = coalesce(new_description, s.description), updated_at = now()
  where s.id = secret_id $$;
alter table vault.secrets owner to gate_local_owner;
alter view vault.decrypted_secrets owner to gate_local_owner;
alter function vault.create_secret owner to gate_local_owner;
alter function vault.update_secret owner to gate_local_owner;
grant usage on schema vault to gate_local_owner, postgres, service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
revoke all on function vault.create_secret, vault.update_secret from public;
grant execute on function vault.create_secret, vault.update_secret to postgres, service_role;

create or replace function graphql_public.graphql("operationName" text default null, query text default null,
                                                  variables jsonb default null, extensions jsonb default null)
returns jsonb language sql as $$
  select '{"errors": [{"message": "there is no GraphQL in the local look-alike"}]}'::jsonb $$;

create table if not exists supabase_functions.hooks (
  id bigserial primary key, hook_table_id int not null, hook_name text not null, created_at timestamptz not null default now(), request_id bigint);
-- LOCAL: a webhook trigger that never sends anything.
create or replace function supabase_functions.http_request() returns trigger language plpgsql as $$
begin
  return coalesce(new, old);
end $$;

-- 7. Ownership, row level security, grants -------------------------------------------------------------------------
do $$
declare item record;
begin
  for item in
    select c.oid::regclass as name, format('supabase_%s_admin', c.relnamespace::regnamespace) as admin
    from pg_class as c where c.relnamespace::regnamespace::text in ('auth', 'storage', 'realtime') and c.relkind in ('r', 'p')
  loop
    execute format('alter table %s owner to %I', item.name, item.admin);
    execute format('alter table %s enable row level security', item.name);
    execute format('grant all on %s to postgres with grant option', item.name);
  end loop;
  for item in
    select p.oid::regprocedure as name, format('supabase_%s_admin', p.pronamespace::regnamespace) as admin
    from pg_proc as p where p.pronamespace::regnamespace::text in ('auth', 'storage', 'realtime')
  loop
    execute format('alter function %s owner to %I', item.name, item.admin);
    execute format('grant execute on function %s to postgres with grant option', item.name);
  end loop;
end $$;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
grant select on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to anon, authenticated;
grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to service_role;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant all on all tables in schema auth to dashboard_user;
revoke all on auth.schema_migrations, storage.migrations from postgres, dashboard_user;
alter default privileges for role supabase_auth_admin    in schema auth    grant all on tables to postgres, dashboard_user;
alter default privileges for role supabase_storage_admin in schema storage grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres               in schema storage grant all on tables to postgres, anon, authenticated, service_role;

-- 8. Migration history, the columns the CLI uses -------------------------------------------------------------------
create table if not exists supabase_migrations.schema_migrations (
  version text primary key, statements text[], name text, created_by text, idempotency_key text unique, rollback text[]);
alter table supabase_migrations.schema_migrations owner to postgres;
