-- R30: elements of CREATE SCHEMA belong to it.
create schema shop
  create table goods (id serial primary key, price numeric not null)
  create view cheap as select id from goods where price < 10
  grant select on goods to anon;
create schema authorization service_role;
create table shop.more (id int);
