-- EXCLUDE with a predicate, deferrable
create table t (a int, b text, current boolean);
alter table t add constraint only_one exclude (a with =) where (current) deferrable initially deferred;
alter table t rename column a to c;
alter table t drop constraint only_one;
