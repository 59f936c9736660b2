-- refused: 1
-- Keys and their made-up names, which a later DROP CONSTRAINT must find.
create table users (id uuid primary key, mail text unique);
create table a (id int, u uuid references users on delete cascade, v uuid references users (id), unique (u, v));
create table b (x int, y int, primary key (x, y), constraint named foreign key (x, y) references b);
alter table a add primary key (id);
alter table a add constraint again foreign key (id, id) references b (x, y);
alter table a drop constraint a_u_fkey;
alter table b drop constraint b_pkey cascade;
create table c (a_rather_long_column_name_of_the_first_kind int references a, a_rather_long_column_name_of_the_second_kind int references a);
alter table a rename constraint again to once_more;
alter table users drop constraint users_pkey cascade;
create table d (id int constraint positive check (id > 0), constraint pk primary key (id));
alter table d drop constraint pk, drop constraint positive, drop constraint if exists nothing;
create table e (id int, code varchar(5) default null::varchar, short varchar(5) default null::varchar(5));
create unique index e_id on e (id);
alter table e add constraint e_pk primary key using index e_id;
