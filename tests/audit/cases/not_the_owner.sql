-- SET ROLE: a role changes only what it owns; refused: 5
create role other nologin;
grant other to postgres;
create table t (id int);
create policy p on t using (true);
set role other;
alter table t enable row level security;
drop table t;
alter policy p on t using (false);
create table u (id int);
comment on table t is 'x';
reset role;
alter table t enable row level security;
