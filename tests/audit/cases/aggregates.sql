-- aggregates are functions with a state; refused: 1
create schema app;
create function app.add(a int, b int) returns int language sql immutable as 'select a + b';
create aggregate app.total(int) (sfunc = app.add, stype = int4, initcond = '0');
create aggregate app.total(int) (sfunc = app.add, stype = int4);
revoke execute on function app.total(int) from public;
comment on aggregate app.total(int) is 'sum';
alter aggregate app.total(int) rename to total2;
drop aggregate app.total2(int);
