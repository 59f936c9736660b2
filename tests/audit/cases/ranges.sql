-- range types and the multirange that comes with one
create type span as range (subtype = int4);
create table t (id int, s span, during tstzrange, many int4multirange);
alter table t drop column s;
drop type span;
