-- R25: replacing drops options that are not said again; SET of one keeps the others; grants stay.
create table t (id int);
create view v with (security_invoker = true, security_barrier) as select id from t;
revoke all on v from anon;
create or replace view v as select id from t;
create view w with (security_invoker = on) as select id from t;
alter view w set (security_barrier = true);
alter view w reset (security_invoker);
create view x as select id from t with local check option;
alter view x set (security_invoker = false);
create materialized view m as select id from t;
create or replace view y with (security_invoker=1) as select w.id from w join x using (id);
alter view y rename to z;
create recursive view counted (n) as select 1 union all select n + 1 from counted where n < 5;
