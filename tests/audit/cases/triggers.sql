-- Triggers follow their table and function, and can be switched off.
create table t (id int);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger one before insert on t for each row execute function f();
create trigger two after update on t for each statement execute procedure f();
create or replace trigger one before insert or update on t for each row execute function f();
alter table t disable trigger two;
alter trigger one on t rename to first;
alter function f() rename to g;
create trigger on_sign_up after insert on auth.users for each row execute function g();
drop trigger two on t;
