-- privileges that an object of the kind does not have; refused: 4
create role one nologin;
create table t (id int);
create sequence s;
create function f() returns int language sql as 'select 1';
grant execute on t to one;
grant usage on t to one;
grant select on s to one;
grant usage, select on sequence s to one;
grant insert on s to one;
grant select on function f() to one;
grant update (id) on t to one;
grant delete (id) on t to one;
