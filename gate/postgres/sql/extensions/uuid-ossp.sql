-- The values of versions 3 and 5 are the real ones; 1 and 1mc are time based with a random node.
create function _uuid_sha1(message bytea) returns bytea language plpgsql immutable strict parallel safe as $f$
declare
  mask constant bigint := 4294967295;
  padded bytea;
  word bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; mix bigint; t bigint;
  h bigint[] := array[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
begin
  padded := message || '\x80'::bytea || decode(repeat('00', (119 - length(message) % 64) % 64), 'hex')
            || int8send(length(message)::bigint * 8);
  for block in 0 .. length(padded) / 64 - 1 loop
    for i in 0 .. 15 loop
      word[i] := 0;
      for j in 0 .. 3 loop
        word[i] := (word[i] << 8) | get_byte(padded, block * 64 + i * 4 + j);
      end loop;
    end loop;
    for i in 16 .. 79 loop
      t := word[i - 3] # word[i - 8] # word[i - 14] # word[i - 16];
      word[i] := ((t << 1) | (t >> 31)) & mask;
    end loop;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    for i in 0 .. 79 loop
      mix := case i / 20
               when 0 then ((b & c) | (~b & mask & d)) + 1518500249
               when 1 then (b # c # d) + 1859775393
               when 2 then ((b & c) | (b & d) | (c & d)) + 2400959708
               else (b # c # d) + 3395469782
             end;
      t := ((((a << 5) | (a >> 27)) & mask) + mix + e + word[i]) & mask;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := t;
    end loop;
    h := array[(h[1] + a) & mask, (h[2] + b) & mask, (h[3] + c) & mask, (h[4] + d) & mask, (h[5] + e) & mask];
  end loop;
  return int4send((h[1] - (h[1] >> 31 << 32))::int) || int4send((h[2] - (h[2] >> 31 << 32))::int)
      || int4send((h[3] - (h[3] >> 31 << 32))::int) || int4send((h[4] - (h[4] >> 31 << 32))::int)
      || int4send((h[5] - (h[5] >> 31 << 32))::int);
end $f$;

create function uuid_nil() returns uuid language sql immutable parallel safe as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$;
create function uuid_ns_dns()  returns uuid language sql immutable parallel safe as $$ select '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
create function uuid_ns_url()  returns uuid language sql immutable parallel safe as $$ select '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
create function uuid_ns_oid()  returns uuid language sql immutable parallel safe as $$ select '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
create function uuid_ns_x500() returns uuid language sql immutable parallel safe as $$ select '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
create function _stamp(digest bytea, version int) returns uuid language sql immutable strict parallel safe as $$
  select encode(set_byte(set_byte(substring(digest for 16), 6, (get_byte(digest, 6) & 15) | (version << 4)),
                         8, (get_byte(digest, 8) & 63) | 128), 'hex')::uuid $$;
create function uuid_generate_v4() returns uuid language sql volatile parallel safe as $$ select pg_catalog.gen_random_uuid() $$;
create function uuid_generate_v1() returns uuid language sql volatile parallel safe as $$
  select @extschema@._stamp(substring(ticks from 5 for 4) || substring(ticks from 3 for 2) || substring(ticks for 2)
                            || substring(uuid_send(pg_catalog.gen_random_uuid()) for 8), 1)
  from (select int8send((extract(epoch from clock_timestamp()) * 10000000)::bigint + 122192928000000000)) as t (ticks) $$;
create function uuid_generate_v1mc() returns uuid language sql volatile parallel safe as $$ select @extschema@.uuid_generate_v1() $$;
create function uuid_generate_v3(namespace uuid, name text) returns uuid language sql immutable strict parallel safe as $$
  select @extschema@._stamp(decode(md5(uuid_send(namespace) || convert_to(name, 'UTF8')), 'hex'), 3) $$;
create function uuid_generate_v5(namespace uuid, name text) returns uuid language sql immutable strict parallel safe as $$
  select @extschema@._stamp(@extschema@._uuid_sha1(uuid_send(namespace) || convert_to(name, 'UTF8')), 5) $$;
