-- Sequences of serials belong to their column; free ones do not.
create table t (id serial, n bigserial, m int generated always as identity);
create sequence free;
grant usage, select on sequence free to anon;
revoke all on sequence t_id_seq from authenticated;
alter table t drop column n;
alter table t rename to u;
alter table u alter column m drop identity;
create table v (id int default nextval('free'));
drop sequence free cascade;
alter sequence t_id_seq rename to renamed;
create sequence owned;
alter sequence owned owned by v.id;
drop table v;
