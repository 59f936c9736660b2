-- LIKE with every INCLUDING, and without; refused: 2
create table src (
  id int generated always as identity primary key, n int default 5 check (n > 0), twice int generated always as (n * 2) stored,
  note text unique);
create index on src (n);
comment on column src.note is 'about it';
alter table src enable row level security;
create policy p on src using (true);
create table plain (like src);
create table whole (like src including all);
create table in_part (like src including defaults including indexes excluding constraints);
create table checks (like src including constraints including comments);
create view v as select id, note from src;
create table of_view (like v);
create table twice_it (like plain, n int);
create table of_gone (like gone);
