-- INSTEAD OF triggers of views; refused: 3
create table t (id int);
create view v as select id from t;
create function h() returns trigger language plpgsql as 'begin return new; end';
create trigger tr instead of insert or update on v for each row execute function h();
create trigger tr2 before insert on v for each row execute function h();
create trigger tr3 instead of insert on t for each row execute function h();
create trigger tr4 before insert on v for each statement execute function h();
alter trigger tr on v rename to tr0;
create or replace view v as select id, 1 as x from t;
drop trigger gone on v;
drop function h() cascade;
