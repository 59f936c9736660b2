-- R21: only the form without IN SCHEMA takes EXECUTE from PUBLIC
create schema app;
alter default privileges in schema app revoke execute on functions from public;
create function app.still() returns int language sql as 'select 1';
alter default privileges revoke execute on functions from public;
create function app.closed() returns int language sql as 'select 1';
alter default privileges grant execute on functions to public;
create function app.again() returns int language sql as 'select 1';
alter default privileges revoke usage on types from public;
create type app.mood as enum ('a');
alter default privileges grant usage on schemas to anon;
create schema later;
