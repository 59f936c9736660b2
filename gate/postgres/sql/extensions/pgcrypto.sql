-- digest() and hmac() give the real values. crypt() is NOT bcrypt: it only keeps crypt(password, stored) = stored.
-- The pgp_sym functions are reversible and check the key, but hide nothing. Everything else says so and fails.
create function _digest_sha1(message bytea) returns bytea language plpgsql immutable strict parallel safe as $f$
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

create function digest(data bytea, type text) returns bytea language plpgsql immutable strict parallel safe as $f$
begin
  return case lower(type)
    when 'md5' then decode(md5(data), 'hex') when 'sha1' then @extschema@._digest_sha1(data)
    when 'sha224' then sha224(data) when 'sha256' then sha256(data) when 'sha384' then sha384(data) when 'sha512' then sha512(data) end;
exception when case_not_found then
  raise exception 'the local stand-in knows no hash called "%"', type using errcode = 'invalid_parameter_value';
end $f$;
create function digest(data text, type text) returns bytea language sql immutable strict parallel safe as $$
  select @extschema@.digest(convert_to(data, 'UTF8'), type) $$;
create function hmac(data bytea, key bytea, type text) returns bytea language plpgsql immutable strict parallel safe as $f$
declare
  block int := case when lower(type) in ('sha384', 'sha512') then 128 else 64 end;
  secret bytea := case when length(key) > block then @extschema@.digest(key, type) else key end;
  inside bytea; outside bytea;
begin
  secret := secret || decode(repeat('00', block - length(secret)), 'hex');
  inside := secret; outside := secret;
  for i in 0 .. block - 1 loop
    inside := set_byte(inside, i, get_byte(secret, i) # 54);
    outside := set_byte(outside, i, get_byte(secret, i) # 92);
  end loop;
  return @extschema@.digest(outside || @extschema@.digest(inside || data, type), type);
end $f$;
create function hmac(data text, key text, type text) returns bytea language sql immutable strict parallel safe as $$
  select @extschema@.hmac(convert_to(data, 'UTF8'), convert_to(key, 'UTF8'), type) $$;
create function gen_random_uuid() returns uuid language sql volatile parallel safe as $$ select pg_catalog.gen_random_uuid() $$;
create function gen_random_bytes(count int) returns bytea language plpgsql volatile strict parallel safe as $f$
declare pool bytea := '';
begin
  if count not between 1 and 1024 then raise exception 'gen_random_bytes wants 1 to 1024, not %', count using errcode = 'invalid_parameter_value'; end if;
  while length(pool) < count loop
    pool := pool || sha256(uuid_send(pg_catalog.gen_random_uuid()) || uuid_send(pg_catalog.gen_random_uuid()));
  end loop;
  return substring(pool for count);
end $f$;
create function gen_salt(type text) returns text language sql volatile strict parallel safe as $$
  select '$standin$' || encode(@extschema@.gen_random_bytes(12), 'hex') $$;
create function gen_salt(type text, rounds int) returns text language sql volatile strict parallel safe as $$ select @extschema@.gen_salt(type) $$;
create function crypt(password text, salt text) returns text language sql immutable strict parallel safe as $$
  select '$standin$' || seed || '$' || encode(sha256(convert_to(seed || password, 'UTF8')), 'hex')
  from (select case when salt like '$standin$%' then split_part(salt, '$', 3) else md5(salt) end) as s (seed) $$;
create function pgp_sym_encrypt_bytea(data bytea, psw text, options text default '') returns bytea language sql immutable strict parallel safe as $$
  select sha256(convert_to(psw, 'UTF8')) || data $$;
create function pgp_sym_decrypt_bytea(msg bytea, psw text, options text default '') returns bytea language plpgsql immutable strict parallel safe as $f$
begin
  if substring(msg for 32) <> sha256(convert_to(psw, 'UTF8')) then
    raise exception 'wrong key, or not a message of this local stand-in' using errcode = 'external_routine_invocation_exception';
  end if;
  return substring(msg from 33);
end $f$;
create function pgp_sym_encrypt(data text, psw text, options text default '') returns bytea language sql immutable strict parallel safe as $$
  select @extschema@.pgp_sym_encrypt_bytea(convert_to(data, 'UTF8'), psw) $$;
create function pgp_sym_decrypt(msg bytea, psw text, options text default '') returns text language sql immutable strict parallel safe as $$
  select convert_from(@extschema@.pgp_sym_decrypt_bytea(msg, psw), 'UTF8') $$;
create function _missing(what text) returns bytea language plpgsql as $f$
begin
  raise exception '% is not in the local stand-in for pgcrypto', what using errcode = 'feature_not_supported';
end $f$;
create function encrypt(data bytea, key bytea, type text) returns bytea language sql as $$ select @extschema@._missing('encrypt()') $$;
create function decrypt(data bytea, key bytea, type text) returns bytea language sql as $$ select @extschema@._missing('decrypt()') $$;
create function encrypt_iv(data bytea, key bytea, iv bytea, type text) returns bytea language sql as $$ select @extschema@._missing('encrypt_iv()') $$;
create function decrypt_iv(data bytea, key bytea, iv bytea, type text) returns bytea language sql as $$ select @extschema@._missing('decrypt_iv()') $$;
create function pgp_pub_encrypt(data text, key bytea, options text default '') returns bytea language sql as $$ select @extschema@._missing('pgp_pub_encrypt()') $$;
create function dearmor(data text) returns bytea language sql as $$ select @extschema@._missing('dearmor()') $$;
