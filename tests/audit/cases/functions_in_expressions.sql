-- functions that defaults, checks, indexes and generated columns call; refused: 1
create function f(a int) returns int language sql immutable as 'select a';
create function k(a int) returns boolean language sql immutable as 'select true';
create table t (id int default f(1), a int check (k(a)), b int generated always as (f(a)) stored);
create index i on t (f(a)) where k(a);
drop function f(int);
alter function f(int) rename to f2;
alter function k(int) rename to k2;
drop function k2(int) cascade;
drop function f2(int) cascade;
