-- Objects made as another role get that role's default privileges.
create role app_owner nologin;
grant app_owner to postgres;
grant create, usage on schema public to app_owner;
alter default privileges for role app_owner in schema public grant select on tables to authenticated;
alter default privileges for role app_owner revoke execute on functions from public;
set role app_owner;
create table theirs (id int);
create function closed() returns int language sql as 'select 1';
reset role;
create table ours (id int);
set session authorization default;
grant app_owner to authenticator;
create policy p on ours to app_owner, current_user using (true);
-- file: 2.sql
create function open() returns int language sql as 'select 1';
