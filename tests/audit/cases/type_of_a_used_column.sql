-- ALTER COLUMN TYPE of a column that views, policies, triggers or generated columns use; refused: 4
create function h() returns trigger language plpgsql as 'begin return new; end';
create table t (id int, a int, b int, c int, d int generated always as (c + 1) stored);
create view v as select a from t;
create policy p on t using (b > 0);
create trigger tr before update of id on t for each row execute function h();
alter table t alter column a type bigint;
alter table t alter column b type bigint;
alter table t alter column id type bigint;
alter table t alter column c type bigint;
drop view v;
drop policy p on t;
drop trigger tr on t;
alter table t alter column a type bigint, alter column b type bigint, alter column id type bigint;
