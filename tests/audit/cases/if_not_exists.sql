-- R28: a second definition is a no-op: its columns do not exist.
create table docs (id int primary key);
create table if not exists docs (id int, owner uuid, secret text not null);
alter table if exists nothing enable row level security;
alter table docs add column if not exists id bigint;
alter table docs add column if not exists owner uuid;
drop table if exists nothing cascade;
drop policy if exists p on docs;
drop function if exists f(int);
drop view if exists v;
create schema if not exists public;
create sequence if not exists s;
create sequence if not exists s;
drop trigger if exists t on docs;
drop type if exists mood;
create materialized view if not exists m as select 1 as one;
create materialized view if not exists m as select 2 as two;
