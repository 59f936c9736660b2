-- an index of a partitioned table has one in each partition; refused: 1
create table t (id int, at int, primary key (id, at)) partition by range (at);
create table t1 partition of t for values from (0) to (10);
create index on t (at);
create table t2 partition of t for values from (10) to (20);
create unique index on t (id);
create unique index by_both on t (at, id);
alter table t detach partition t1;
drop index t1_at_idx;
