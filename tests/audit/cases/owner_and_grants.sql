-- a new owner holds everything as owner; what was granted to it before is no grant any more
create role keeper nologin;
grant keeper to postgres;
grant create on schema public to keeper;
create table t (id int);
grant select on t to keeper;
grant select on t to anon;
alter table t owner to keeper;
alter table t owner to postgres;
