-- SET ROLE to a role that was not granted; refused: 2
create role hidden nologin;
set role hidden;
create table t (id int);
set role anon;
create table u (id int);
reset role;
create table w (id int);
