-- ALTER ROLE changes the path of the next connection, so of the next file.
create schema app;
alter role postgres set search_path = app, public;
create table one (id int);
-- file: 2.sql
create table two (id int);
alter role postgres reset search_path;
-- file: 3.sql
create table three (id int);
