-- INHERITS: merged columns, own columns, and what a parent loses; refused: 5
create table a (id int, note text not null default 'x', constraint positive check (id > 0));
create table b (extra int) inherits (a);
create table c (id int, own int) inherits (a);
create table d () inherits (b, c);
alter table a add column more int not null default 1;
alter table b drop column more;
alter table a drop column id;
alter table a alter column note drop not null;
alter table a rename column note to remark;
alter table b rename column remark to note;
alter table b drop constraint positive;
alter table a drop constraint positive;
alter table b no inherit a;
drop table a;
alter table d inherit a;
drop table a cascade;
