-- foreign keys: actions, composite ones, to unique columns, and what they keep from being dropped; refused: 6
create table parent (id int primary key, code text unique, a int, b int, unique (a, b));
create table child (
  id int primary key references parent, code text references parent (code) on delete cascade on update set null,
  a int, b int, foreign key (a, b) references parent (a, b) on delete restrict);
alter table child add constraint again foreign key (a) references parent (id) not valid;
alter table child validate constraint again;
alter table parent drop constraint parent_code_key;
alter table parent drop column code;
drop table parent;
alter table parent drop constraint parent_code_key cascade;
create table wrong (code text references parent (code));
create table wrong (id uuid references parent (id));
create table wrong (id int references gone (id));
create table self (id int primary key, up int references self);
alter table parent rename column id to key;
drop table parent cascade;
