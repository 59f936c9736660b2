-- UNIQUE beside PRIMARY KEY on the same columns is one index
create table a (id int unique primary key, n int, unique (id), constraint named unique (n), unique (n));
create table b (id int unique, n int, primary key (id), unique (n, id));
create table c (id int unique, n int, constraint k unique (id));
alter table c add column m int unique primary key;
alter table c add unique (m);
