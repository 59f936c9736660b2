-- REASSIGN OWNED
create role one nologin;
create role two nologin;
grant one, two to postgres;
create schema app authorization one;
create table app.t (id int);
alter table app.t owner to one;
reassign owned by one to two;
drop role one;
reassign owned by two to postgres;
drop role two;
