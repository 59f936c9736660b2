-- explicit_grants.sql: the new regime, "do not expose new tables" ([api] auto_expose_new_tables = false).
-- Run it as "postgres", before the migrations. It takes back exactly what the dashboard and the CLI take back, no more:
-- TRUNCATE, REFERENCES, TRIGGER (and MAINTAIN from version 17 on) stay, and EXECUTE still reaches everyone through PUBLIC.
-- service_role loses its grants too: bypassing row level security is not a grant.
do $$
declare taken record;
begin
  for taken in
    select * from (values
      ('tables',    'select, insert, update, delete'),
      ('sequences', 'usage, select'),
      ('functions', 'execute')) as t (kind, privileges)
  loop
    execute format('alter default privileges for role postgres in schema public revoke %s on %s from anon, authenticated, service_role',
                   taken.privileges, taken.kind);
  end loop;
end $$;
