-- names that Postgres makes up for constraints, also after a rename
create table t (a int check (a > 0), b int unique, primary key (a));
alter table t rename to t_old;
create table t (a int check (a > 0), b int unique, primary key (a));
alter table t add check (b > 0), add check (b > 1);
create index on t (a, b);
create index on t (a, b);
create index on t (lower(b::text), (a + b), a);
create table a_very_long_name_of_a_table_that_needs_to_be_shortened_here (
  another_very_long_name_of_a_column int unique check (another_very_long_name_of_a_column > 0), id serial primary key);
