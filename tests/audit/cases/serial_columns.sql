-- serial columns, OWNED BY, and sequences that defaults draw from; refused: 6
create schema app;
create table t (id bigserial, n int);
create sequence free owned by t.n;
create sequence drawn;
alter table t alter column n set default nextval('drawn');
drop sequence drawn;
drop sequence drawn cascade;
alter sequence t_id_seq owned by none;
drop table t;
create table t (id serial);
alter table t set schema app;
alter sequence app.t_id_seq set schema public;
alter sequence free rename to freed;
create sequence if not exists freed;
create sequence freed;
alter sequence app.t_id_seq rename to numbers;
alter table app.t alter column id drop default;
drop sequence app.numbers;
