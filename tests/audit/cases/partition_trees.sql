-- partitions of partitions, attached, detached and dropped with their root; refused: 4
create table t (id int, kind text not null, at int) partition by list (kind);
create table t_a partition of t for values in ('a') partition by range (at);
create table t_a1 partition of t_a for values from (0) to (10);
create table t_b (id int, kind text not null, at int);
alter table t attach partition t_b for values in ('b');
create table t_c (id int, kind int);
alter table t attach partition t_c for values in ('c');
alter table t add column more int;
alter table t_a1 add column own int;
alter table t_a1 enable row level security;
create policy p on t using (true);
alter table t drop column at;
alter table t drop column id;
alter table t_b drop column more;
alter table t_c rename to other;
drop table t;
