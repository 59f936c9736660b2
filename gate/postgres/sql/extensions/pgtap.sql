-- What the tests that `gate rls --repro` writes ask for, and the plainest of the rest; the words are pgTAP's.
create function plan(tests integer) returns text language plpgsql as $$
begin
  perform set_config('pgtap_stand_in.planned', tests::text, true);
  perform set_config('pgtap_stand_in.run', '0', true);
  perform set_config('pgtap_stand_in.failed', '0', true);
  return '1..' || tests;
end $$;
create function ok(passed boolean, description text default '') returns text language plpgsql as $$
declare number integer := coalesce(nullif(current_setting('pgtap_stand_in.run', true), ''), '0')::integer + 1;
begin
  perform set_config('pgtap_stand_in.run', number::text, true);
  if passed is not true then
    perform set_config('pgtap_stand_in.failed', (current_setting('pgtap_stand_in.failed')::integer + 1)::text, true);
  end if;
  return case when passed then '' else 'not ' end || 'ok ' || number || ' - ' || coalesce(description, '');
end $$;
create function "is"(have anyelement, want anyelement, description text default '') returns text language sql as $$
  select @extschema@.ok(have is not distinct from want, description) $$;
create function isnt(have anyelement, want anyelement, description text default '') returns text language sql as $$
  select @extschema@.ok(have is distinct from want, description) $$;
create function finish() returns setof text language sql as $$
  select '# Looks like you failed ' || current_setting('pgtap_stand_in.failed') || ' test of ' || current_setting('pgtap_stand_in.planned')
  where current_setting('pgtap_stand_in.failed') <> '0' $$;
