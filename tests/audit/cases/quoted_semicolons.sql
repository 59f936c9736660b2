-- Quotes of every kind, with what would end a statement inside them.
create table t (id int, "a;b" text default 'x;y', c text default E'it\'s; ok', d text default $q$;$q$);
/* a comment; with /* another; one */ inside */
comment on table t is 'semi;colon -- no comment';
create function f() returns text language plpgsql as $body$
declare x text := 'a''b;';
begin
  -- it's a comment; really
  return x || $in$ ; $in$;
end
$body$;
create policy "a;b" on t using ("a;b" <> ';');
alter table t enable row level security;
