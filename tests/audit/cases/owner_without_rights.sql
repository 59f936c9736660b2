-- OWNER TO a role that the migration may not become, or that may make nothing there; refused: 2
create role stranger nologin;
create table t (id int);
alter table t owner to stranger;
grant stranger to postgres;
alter table t owner to stranger;
grant create on schema public to stranger;
alter table t owner to stranger;
