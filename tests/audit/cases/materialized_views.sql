-- materialized views: made, indexed, refreshed, renamed, dropped; refused: 3
create table t (id int, n int);
create materialized view m as select id, count(*) as many from t group by id;
create unique index on m (id);
refresh materialized view m;
alter materialized view m rename to m2;
alter materialized view m2 rename column many to total;
alter materialized view m2 owner to postgres;
grant select on m2 to anon;
create view over_it as select total from m2;
create materialized view if not exists m2 as select 1 as x;
create or replace view m2 as select 1 as x;
drop table t;
drop materialized view m2;
drop materialized view m2 cascade;
