-- CHECK constraints: named, made-up names, several columns, NOT VALID, dropped with a column; refused: 2
create table t (id int check (id > 0), a int, b int, check (a < b), constraint two_of check (a + b > 0));
alter table t add check (a > 0);
alter table t add check (a > 1);
alter table t add constraint c check (b > 0) not valid;
alter table t validate constraint c;
alter table t validate constraint gone;
alter table t add constraint c check (a = 1);
alter table t drop column a;
alter table t rename column b to d;
alter table t rename constraint c to c2;
