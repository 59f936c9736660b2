-- publications take tables only; refused: 2
create view v as select 1 as x;
create table t (id int);
create publication p;
alter publication p add table v;
alter publication p add table t where (id > 1);
alter publication gone add table t;
alter table t set schema extensions;
create schema app;
alter table t set schema app;
drop schema app cascade;
