-- strings: E, U&, doubled quotes, dollar quotes inside one another
create table t (a text default E'it\'s', b text default 'it''s; fine', c text default $$a;b$$, d text default $x$ $$ $x$);
create function f() returns text language plpgsql as $body$
begin
  return $q$ ; end $body_$ $q$ || E'\n;';
end $body$;
comment on table t is E'one;\ntwo';
create policy p on t using (a = U&'d\0061ta' or b <> E'\'');
create type mood as enum ('it''s', E'a\\b', ';');
