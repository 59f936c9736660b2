-- CREATE OR REPLACE VIEW keeps the columns that there are; refused: 4
create table t (id int, a text, b int);
create view v as select id, a from t;
create or replace view v as select id, a, b from t;
create or replace view v as select id from t;
create or replace view v as select a, id, b from t;
create or replace view v as select id, b::text as a, b from t;
create or replace view v (id, a, b, c) as select id, a, b, 1 from t;
alter view v rename column b to z;
create or replace view v as select id, a, b, 1 as c from t;
alter table t rename column id to key;
alter table t add column later int;
create view all_of as select * from t;
alter table t drop column later;
alter table t drop column later cascade;
