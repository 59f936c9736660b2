-- statements that change nothing of what is judged
create table t (id int);
create rule r as on insert to t do also select 1;
analyze t;
insert into t values (1);
update t set id = 2;
delete from t where id = 2;
truncate t;
create extension if not exists pgcrypto with schema extensions;
alter table t set (fillfactor = 70);
alter table t replica identity full;
alter table t set unlogged;
alter table t alter column id set statistics 100;
notify channel;
explain select 1;
show search_path;
