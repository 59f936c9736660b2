create function plpgsql_check_function(funcoid regprocedure) returns setof text language sql as $$ select '' where false $$;
