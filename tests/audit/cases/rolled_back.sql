-- R29: what is rolled back never happened; a file that ends inside a transaction loses it.
begin;
create table gone (id int);
rollback;
begin;
create table kept (id int);
savepoint s;
alter table kept enable row level security;
rollback to savepoint s;
create policy p on kept using (true);
commit;
begin;
create table lost (id int);
-- file: 2.sql
start transaction;
create table two (id int);
end;
create table three (id int);
