-- keys, checks and triggers of a partitioned table reach its partitions; refused: 3
create table users (id int primary key);
create function h() returns trigger language plpgsql as 'begin return new; end';
create table t (id int, owner int references users, n int check (n > 0)) partition by list (id);
create table t1 partition of t for values in (1);
create trigger tr before insert on t for each row execute function h();
alter table t add constraint later check (n < 100);
alter table t1 drop constraint later;
alter table t add primary key (id);
alter table t add unique (n);
alter table t detach partition t1;
alter table t1 drop constraint later;
alter table t1 drop constraint t1_pkey;
drop table users;
drop table users cascade;
