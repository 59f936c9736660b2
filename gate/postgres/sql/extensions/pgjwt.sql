-- Real HMAC tokens. @extschema:pgcrypto@ needs version 16 or newer.
create function url_encode(data bytea) returns text language sql immutable strict parallel safe as $$
  select rtrim(replace(replace(replace(encode(data, 'base64'), chr(10), ''), '+', '-'), '/', '_'), '=') $$;
create function url_decode(data text) returns bytea language sql immutable strict parallel safe as $$
  select decode(rpad(replace(replace(data, '-', '+'), '_', '/'), (length(data) + 3) / 4 * 4, '='), 'base64') $$;
create function algorithm_sign(signables text, secret text, algorithm text) returns text language sql immutable as $$
  select @extschema@.url_encode(@extschema:pgcrypto@.hmac(signables, secret,
           case when algorithm in ('HS256', 'HS384', 'HS512') then 'sha' || right(algorithm, 3) else algorithm end)) $$;
create function sign(payload json, secret text, algorithm text default 'HS256') returns text language sql immutable as $$
  select body || '.' || @extschema@.algorithm_sign(body, secret, algorithm)
  from (select @extschema@.url_encode(convert_to(json_build_object('alg', algorithm, 'typ', 'JWT')::text, 'UTF8')) || '.'
            || @extschema@.url_encode(convert_to(payload::text, 'UTF8'))) as t (body) $$;
create function verify(token text, secret text, algorithm text default 'HS256') returns table (header json, payload json, valid boolean)
language sql stable as $$
  select head, body,
         split_part(token, '.', 3) = @extschema@.algorithm_sign(split_part(token, '.', 1) || '.' || split_part(token, '.', 2), secret, algorithm)
         and extract(epoch from now()) >= coalesce((body ->> 'nbf')::float8, 0)
         and extract(epoch from now()) < coalesce((body ->> 'exp')::float8, 'infinity')
  from (select convert_from(@extschema@.url_decode(split_part(token, '.', 1)), 'UTF8')::json,
               convert_from(@extschema@.url_decode(split_part(token, '.', 2)), 'UTF8')::json) as t (head, body) $$;
