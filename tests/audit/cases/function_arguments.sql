-- functions by their input arguments: OUT, VARIADIC, arrays, defaults, %TYPE; refused: 2
create table t (id uuid, n numeric(10, 2));
create function a(x int, inout y text, variadic z int[]) language sql as $$ select y $$;
create function b(x t.id%type, y public.t.n%type default 1) returns t language sql as 'select null::t';
create function c(text[], timestamp with time zone, character varying(20), double precision) returns void language sql as '';
alter function a(int, text, int[]) stable;
alter function b(uuid, numeric) immutable strict leakproof;
alter function b(uuid, numeric) immutable strict;
alter function c(text[], timestamptz, varchar, float8) security definer;
drop function a(int, inout text, variadic int[]);
drop function c(text);
drop function b;
