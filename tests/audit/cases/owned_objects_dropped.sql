-- DROP OWNED takes what a role owns
create role keeper nologin;
grant keeper to postgres;
grant create on schema public to keeper;
create table kept (id int);
create table t (id int primary key);
create view v as select id from t;
alter table t owner to keeper;
alter view v owner to keeper;
drop owned by keeper cascade;
drop role keeper;
