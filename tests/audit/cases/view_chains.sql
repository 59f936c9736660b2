-- views over views, and CASCADE through them; refused: 2
create table t (id int, a int);
create view v1 as select * from t;
create view v2 as select id from v1;
create materialized view m as select * from v2;
create view v3 as select m.id from m join t on t.id = m.id;
create policy p on t using (exists (select from v2));
alter view v1 rename to w1;
alter view v2 set schema extensions;
drop view w1;
alter table t drop column a;
alter table t drop column a cascade;
drop table t cascade;
