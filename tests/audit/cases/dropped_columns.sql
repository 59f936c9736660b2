-- DROP COLUMN: what goes along, and what keeps it; refused: 4
create table t (id int primary key, a int, b int, c int, d int);
create table u (id int references t);
create view v as select a from t;
create policy p on t using (b > 0);
create index i on t (c, d);
alter table t add check (c > d);
grant select (c) on t to anon;
create publication pub for table t (id, d);
alter table t drop column a;
alter table t drop column b;
alter table t drop column id;
alter table t drop column d;
alter table t drop column c;
alter table t drop column a cascade;
alter table t drop column b cascade;
alter table t drop column d cascade;
alter table t drop column id cascade;
