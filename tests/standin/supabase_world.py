"""A small project for the stand-in's tests: its migrations, its people, and the official client in their name."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from supabase import Client, ClientOptions, create_client

from gate.postgres import Server
from gate.standin.supabase import SupabaseStandIn

MIGRATIONS = """
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  owner uuid not null default auth.uid() references auth.users (id) on delete cascade,
  title text not null,
  stars int default 1 check (stars between 0 and 5),
  tags text[] not null default '{}',
  data jsonb not null default '{}',
  span int4range,
  seen timestamptz);
alter table public.notes enable row level security;
create policy own on public.notes for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid());

create table public.things (
  id int primary key, name text unique, size numeric, kind text not null default 'plain',
  tags text[], data jsonb, span int4range, body tsvector generated always as (to_tsvector('english', coalesce(name, ''))) stored);
create table public.parts (id serial primary key, thing int references public.things (id));
create table public."odd ""name""; drop table things" ("col;--""x" text, "per%cent %s" int, "payload" int);
create view public.big as select id, name from public.things where size > 10;
create table public.locked (id int);
revoke all on public.locked from anon, authenticated;

create function public.add(a int, b int default 10) returns int language sql immutable as 'select a + b';
create function public.nothing() returns void language sql as 'select 1';
create function public.mine() returns setof public.notes language sql stable as 'select * from public.notes';
create function public.one_thing(which int) returns public.things language sql stable
  as 'select * from public.things where id = which';
create function public.pairs(n int) returns table (i int, square int) language sql
  as 'select i, i * i from generate_series(1, n) as i';
create function public.numbers(n int) returns setof int language sql as 'select generate_series(1, n)';
create function public.over(a int) returns text language sql as 'select ''int''';
create function public.over(a int, b text) returns text language sql as 'select ''int and text''';
create function public.twin(a int) returns text language sql as 'select ''int''';
create function public.twin(a text) returns text language sql as 'select ''text''';
create function public.whole(jsonb) returns jsonb language sql as 'select $1';
create function public.total(variadic amounts int[]) returns bigint language sql as 'select sum(x) from unnest(amounts) as x';
create function public.echo(items text[], about jsonb) returns jsonb language sql
  as 'select jsonb_build_object(''items'', items, ''about'', about)';
create function public.who() returns jsonb language sql stable as $$
  select jsonb_build_object('role', current_user, 'login', session_user, 'uid', auth.uid(), 'claims', auth.jwt(),
    'method', current_setting('request.method'), 'path', current_setting('request.path'),
    'agent', current_setting('request.headers')::jsonb ->> 'user-agent', 'search', current_setting('search_path')) $$;
create function public.writes() returns int language plpgsql as
  $$ begin insert into public.things (id) values (99); return 1; end $$;
create function public.sneaky() returns int language sql stable as 'select public.writes()';
create view public.trap as select public.writes();
create function public.leaves_traces() returns void language plpgsql as
  $$ begin perform set_config('app.trace', 'left', false); create temporary table trace (x int); end $$;
create function public.traces() returns text language sql as
  $$ select coalesce(nullif(current_setting('app.trace', true), ''), 'none') || coalesce(to_regclass('pg_temp.trace')::text, '') $$;
create function public.sleep(seconds float8) returns void language sql as 'select pg_sleep(seconds)';
create function public.raises(code text) returns void language plpgsql as
  $$ begin raise exception 'as asked' using errcode = code, detail = 'the detail', hint = 'the hint'; end $$;
create function public.teapot() returns void language plpgsql as
  $$ begin perform set_config('response.status', '418', true); end $$;

create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, email text, nick text);
create function public.new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.email like 'refused%' then raise exception 'not you'; end if;
  insert into public.profiles (id, email, nick) values (new.id, new.email, new.raw_user_meta_data ->> 'nick');
  return new;
end $$;
create trigger on_user after insert on auth.users for each row execute function public.new_user();
create table public.kept (owner uuid references auth.users (id));

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('private', 'private', false, null, null), ('open', 'open', true, null, null),
  ('pictures', 'pictures', false, 1000, array['image/*']), ('drop', 'drop', false, null, null);
create policy own on storage.objects for all to authenticated
  using (bucket_id in ('private', 'open', 'pictures') and (storage.foldername(name))[1] = auth.uid()::text)
  with check (bucket_id in ('private', 'open', 'pictures') and (storage.foldername(name))[1] = auth.uid()::text);
create policy drop_only on storage.objects for insert to authenticated with check (bucket_id = 'drop');
"""
THINGS = """
insert into public.things (id, name, size, kind, tags, data, span) values
  (1, 'red house', 1.50, 'plain', '{a,b}', '{"a": {"b": "deep"}, "n": 1, "list": [10, 20]}', '[1,5)'),
  (2, 'green houses', 20, 'plain', '{b,"c,d"}', '{"n": 2}', '[5,9)'),
  (3, 'a, "quoted" (name)', 300, 'fancy', '{}', 'null', '[8,12)'),
  (4, null, null, 'fancy', null, null, null)
"""


@dataclass(frozen=True)
class Person:
    """Somebody with a row in auth.users and a client of their own."""

    id: str
    email: str
    token: str
    client: Client


class World:
    """A stand-in over a running server with the small project in it."""

    def __init__(self, server: Server, supabase: SupabaseStandIn) -> None:
        self.server, self.supabase = server, supabase
        self._http = httpx.Client(timeout=30)

    @property
    def anon(self) -> Client:
        return self.client(self.supabase.anon_key)

    @property
    def service(self) -> Client:
        return self.client(self.supabase.service_role_key)

    def client(self, key: str, token: str | None = None) -> Client:
        """The official client. One HTTP client serves them all, so that nothing is left open, and a 503 is not tried again."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        options = ClientOptions(
            headers=headers, httpx_client=self._http, postgrest_client_retry=False, auto_refresh_token=False
        )
        return create_client(self.supabase.url, key, options)

    def person(self, name: str = "somebody") -> Person:
        """A new user, by SQL, and a client with a minted token."""
        one, email = str(uuid.uuid4()), f"{name}-{uuid.uuid4().hex[:8]}@example.com"
        with self.server.connect() as db:
            db.execute("insert into auth.users (id, email) values (%s, %s)", [one, email])
        token = self.supabase.mint({"sub": one, "role": "authenticated", "email": email})
        return Person(one, email, token, self.client(self.supabase.anon_key, token))

    def http(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """A request below the client, for what the client would not send."""
        key = self.supabase.anon_key if key is None else key
        sent = {"apikey": key} if key else {}
        if token or key:
            sent["authorization"] = f"Bearer {token or key}"
        return self._http.request(
            method, self.supabase.url + path, headers={**sent, **(headers or {})}, content=content
        )

    def close(self) -> None:
        self._http.close()


def data_of(query: Any) -> Any:
    """What a query gives. The client's own type for it is too wide to take apart."""
    return query.execute().data


@contextlib.contextmanager
def world(server: Server, migrations: str = MIGRATIONS) -> Iterator[World]:
    """The small project, served."""
    with server.connect() as db:
        db.execute(migrations.encode())
    with SupabaseStandIn(server) as supabase:
        one = World(server, supabase)
        try:
            yield one
        finally:
            one.close()
