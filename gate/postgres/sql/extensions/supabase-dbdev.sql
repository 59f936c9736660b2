create schema if not exists dbdev;
create function dbdev.install(package_name text, base_url text default null, api_key text default null) returns boolean language sql as $$ select true $$;
