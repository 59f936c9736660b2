-- CREATE SCHEMA with elements belongs to the schema and its owner; refused: 2
create role keeper nologin;
grant keeper to postgres;
create schema app
  create table t (id int primary key)
  create view v as select id from t
  create index i on t (id)
  create sequence s
  grant select on t to anon;
create schema authorization keeper create table of_keeper (id int);
create schema if not exists app;
create schema app create table u (id int);
create schema broken create table a (id int) create table a (id int);
