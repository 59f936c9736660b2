-- Requests are queued for inspection and never sent.
create schema if not exists net;
create table net.http_request_queue (id bigserial primary key, method text not null, url text not null, headers jsonb, body bytea,
  timeout_milliseconds int not null default 5000);
create table net._http_response (id bigint, status_code int, content_type text, headers jsonb, content text, timed_out bool, error_msg text,
  created timestamptz not null default now());
create function net._enqueue(verb text, address text, head jsonb, content jsonb, patience int) returns bigint language sql as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (verb, address, head, convert_to(content::text, 'UTF8'), patience) returning id $$;
create function net.http_get(url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000)
returns bigint language sql security definer set search_path = net as $$ select net._enqueue('GET', url, headers, null, timeout_milliseconds) $$;
create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',
                              headers jsonb default '{"Content-Type": "application/json"}', timeout_milliseconds int default 5000)
returns bigint language sql security definer set search_path = net as $$ select net._enqueue('POST', url, headers, body, timeout_milliseconds) $$;
create function net.http_delete(url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000, body jsonb default null)
returns bigint language sql security definer set search_path = net as $$ select net._enqueue('DELETE', url, headers, body, timeout_milliseconds) $$;
revoke all on function net._enqueue from public;
grant usage on schema net to postgres, anon, authenticated, service_role;
