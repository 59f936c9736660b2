-- a trigger follows its function, and goes with it; refused: 2
create schema app;
create function h() returns trigger language plpgsql as 'begin return new; end';
create table t (id int);
create trigger tr before insert on t for each row execute function h();
alter function h() rename to k;
alter function k() set schema app;
create or replace function app.k() returns trigger language plpgsql as 'begin return old; end';
drop function app.k();
drop schema app;
drop schema app cascade;
