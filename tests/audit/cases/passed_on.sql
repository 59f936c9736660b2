-- a privilege that was passed on: REVOKE stops at it, CASCADE takes both; refused: 1
create role one nologin;
create role two nologin;
grant one to postgres;
create table t (id int);
grant select on t to one with grant option;
set role one;
grant select on t to two;
reset role;
revoke select on t from one;
revoke select on t from one cascade;
