-- SET and DROP of NOT NULL, defaults and types; refused: 6
create table t (id int primary key, a text default 'x', b int, c text);
alter table t alter column a set not null, alter column a drop default;
alter table t alter column id drop not null;
alter table t alter column b set default 'no number' || c;
alter table t alter column b type text;
alter table t alter column c type int;
alter table t alter column c type int using c::int;
alter table t alter column gone set not null;
alter table t alter column b set default null;
alter table t add column if not exists a int;
alter table t add column a int;
alter table t drop column if exists gone;
alter table t drop column gone;
