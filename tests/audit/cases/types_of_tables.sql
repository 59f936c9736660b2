-- a table is a type too, and shares names with types; refused: 4
create table person (id int, name text);
create type person as enum ('a');
create function all_of() returns setof person language sql as 'select * from person';
create table holder (p person);
drop table person;
alter table person rename to human;
drop table human cascade;
create type mood as enum ('a');
create table mood (id int);
create view mood as select 1 as x;
