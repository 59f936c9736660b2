create function hypopg_create_index(sql_order text) returns table (indexrelid oid, indexname text) language sql as $$ select 0::oid, '' where false $$;
create function hypopg_reset() returns void language sql as $$ select $$;
