-- options of views: set, reset, replaced, check option; refused: 1
create table t (id int);
create view v with (security_invoker = true, security_barrier) as select id from t with cascaded check option;
alter view v set (security_invoker = off);
alter view v reset (security_barrier, check_option);
alter table v set (security_invoker = true);
create or replace view v as select id from t;
create or replace view v with (security_invoker) as select id from t;
alter view gone set (security_invoker = true);
alter view if exists gone set (security_invoker = true);
alter view v set (security_invoker = 'yes');
