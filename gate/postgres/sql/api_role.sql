-- api_role.sql: the login for a local stand-in of the Supabase API. Run it after platform.sql, as supabase_admin.
--
-- gate_api plays the auth and storage services: it reads and writes their tables. It is no superuser, has no CREATEROLE
-- and owns nothing. Requests of users do NOT run on this login: they run on "authenticator" with SET LOCAL ROLE, because
-- a function called by a user may say RESET ROLE and then has whatever the login has.
do $$ begin
  if not exists (select from pg_roles where rolname = 'gate_api') then create role gate_api login bypassrls; end if;
  if current_setting('server_version_num')::int >= 160000 then
    execute 'grant anon, authenticated, service_role to gate_api with inherit false, set true';
    execute 'grant supabase_auth_admin, supabase_storage_admin to gate_api with inherit true, set false';
  else
    execute 'grant anon, authenticated, service_role, supabase_auth_admin, supabase_storage_admin to gate_api';
  end if;
end $$;
alter role gate_api set "storage.allow_delete_query" = 'true';   -- it is the storage service, so it may delete

-- Only for @supabase/lite: it looks tables up in information_schema, which hides what the login may not read.
-- grant pg_read_all_data to gate_api;
