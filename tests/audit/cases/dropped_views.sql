-- refused: 2
-- Views on views: the lower one goes only with CASCADE.
create table t (id int);
create view a as select id from t;
create view b as select id from a;
create materialized view c as select id from b;
drop view a;
drop table t;
drop view b cascade;
drop table t cascade;
