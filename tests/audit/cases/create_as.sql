-- CREATE TABLE AS in its forms; refused: 2
create table src (id int primary key, note text not null, made timestamptz default now());
create table one as select * from src;
create table two (a, b) as select id, note from src;
create table three as select id as x, upper(note) as y, count(*) as n from src group by 1, 2;
create table four as table src with no data;
create table five as values (1, 'a');
create table if not exists one as select 1 as z;
create table one as select 1 as z;
create table six as select * from gone;
select id into seven from src;
create temporary table eight as select 1 as x;
create table nine as with c as (select id from src) select * from c;
