-- generated columns; refused: 5
create table t (a int, b int generated always as (a * 2) stored, c text);
alter table t drop column a;
alter table t alter column a type bigint;
alter table t alter column b set default 1;
alter table t alter column b drop expression;
alter table t alter column a drop default;
alter table t add column d int generated always as (b + 1) stored;
alter table t add column e int generated always as (d + 1) stored;
alter table t add column f int generated always as (gone) stored;
alter table t drop column b cascade;
