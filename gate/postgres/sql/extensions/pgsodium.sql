create table pgsodium.key (id uuid primary key default gen_random_uuid(), status text default 'valid', created timestamptz not null default now(),
  expires timestamptz, key_type text, key_id bigint, key_context bytea, name text unique, associated_data text, raw_key bytea,
  comment text, parent_key uuid);
create view pgsodium.valid_key as select id, name, status, key_type, key_id, key_context, created, expires, associated_data from pgsodium.key where status = 'valid';
create function pgsodium.create_key(key_type text default 'aead-det', name text default null, raw_key bytea default null, raw_key_nonce bytea default null,
                                    parent_key uuid default null, key_context bytea default null, expires timestamptz default null, associated_data text default '')
returns pgsodium.key language sql as $$
  insert into pgsodium.key as k (key_type, name, expires, associated_data) values (key_type, name, expires, associated_data) returning k $$;
