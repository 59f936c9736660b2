"""Embedding with the official client: along keys and against them, through joining tables, with filters, order and pages."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from postgrest.exceptions import APIError
from supabase import Client

from gate.postgres import Server
from tests.standin.supabase_world import World, data_of, world

pytestmark = pytest.mark.postgres

FILMS = """
create table public.directors (id int primary key, name text not null, boss int references public.directors (id));
create table public.films (id int primary key, title text not null, director int references public.directors (id),
  second int constraint films_second references public.directors (id), owner uuid references auth.users (id));
create table public.notices (film int primary key references public.films (id), stars int);
create table public.actors (id int primary key, name text not null);
create table public.roles (film int references public.films (id), actor int references public.actors (id), part text,
  primary key (film, actor));
create table public.scenes (id int primary key, film int references public.films (id), minute int, owner uuid);
alter table public.scenes enable row level security;
create policy own on public.scenes to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
insert into public.directors values (1, 'Varda', null), (2, 'Marker', 1);
insert into public.films values (1, 'Cleo', 1, null), (2, 'Jetee', 2, 1), (3, 'Nobody', null, null);
insert into public.notices values (1, 5);
insert into public.actors values (1, 'Corinne'), (2, 'Davos'), (3, 'Idle');
insert into public.roles values (1, 1, 'Cleo'), (2, 2, 'the man'), (2, 1, 'a voice');
"""


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        with server.connect() as db:
            db.execute(FILMS.encode())
        yield one


@pytest.fixture
def client(small: World) -> Client:
    return small.service


Asked = Callable[[Client], Any]
CASES: list[tuple[str, Asked, object]] = [
    (
        "many to one",
        lambda c: c.table("films").select("title,directors!director(name)").order("id"),
        [
            {"title": "Cleo", "directors": {"name": "Varda"}},
            {"title": "Jetee", "directors": {"name": "Marker"}},
            {"title": "Nobody", "directors": None},
        ],
    ),
    (
        "by the key's column",
        lambda c: c.table("films").select("director(name)").eq("id", 1),
        [{"director": {"name": "Varda"}}],
    ),
    (
        "by the key's name, with an alias",
        lambda c: c.table("films").select("by:films_second(name)").eq("id", 2),
        [{"by": {"name": "Varda"}}],
    ),
    (
        "one to many",
        lambda c: c.table("directors").select("name,films!director(title)").eq("id", 1),
        [{"name": "Varda", "films": [{"title": "Cleo"}]}],
    ),
    (
        "none is an empty list",
        lambda c: c.table("actors").select("name,roles(part)").eq("id", 3),
        [{"name": "Idle", "roles": []}],
    ),
    (
        "one to one is an object",
        lambda c: c.table("films").select("title,notices(stars)").in_("id", [1, 2]).order("id"),
        [{"title": "Cleo", "notices": {"stars": 5}}, {"title": "Jetee", "notices": None}],
    ),
    (
        "through a joining table",
        lambda c: c.table("films").select("actors(name)").eq("id", 2).order("name", foreign_table="actors"),
        [{"actors": [{"name": "Corinne"}, {"name": "Davos"}]}],
    ),
    (
        "within each other",
        lambda c: c.table("directors").select("films!director(title,roles(part,actors(name)))").eq("id", 1),
        [{"films": [{"title": "Cleo", "roles": [{"part": "Cleo", "actors": {"name": "Corinne"}}]}]}],
    ),
    (
        "of itself",
        lambda c: c.table("directors").select("name,boss(name)").eq("id", 2),
        [{"name": "Marker", "boss": {"name": "Varda"}}],
    ),
    (
        "filtered, and the row stays",
        lambda c: c.table("actors").select("name,roles(part)").eq("roles.part", "Cleo").order("id"),
        [
            {"name": "Corinne", "roles": [{"part": "Cleo"}]},
            {"name": "Davos", "roles": []},
            {"name": "Idle", "roles": []},
        ],
    ),
    (
        "inner: and the row goes",
        lambda c: c.table("actors").select("name,roles!inner(part)").eq("roles.part", "Cleo"),
        [{"name": "Corinne", "roles": [{"part": "Cleo"}]}],
    ),
    (
        "a tree of filters",
        lambda c: c.table("actors").select("roles(part)").eq("id", 1).or_("part.eq.Cleo,film.eq.9", reference_table="roles"),
        [{"roles": [{"part": "Cleo"}]}],
    ),
    (
        "ordered and cut",
        lambda c: c.table("actors")
        .select("roles(part)")
        .eq("id", 1)
        .order("part", desc=True, foreign_table="roles")
        .limit(1, foreign_table="roles"),
        [{"roles": [{"part": "a voice"}]}],
    ),
    (
        "only rows without any",
        lambda c: c.table("actors").select("name,roles(part)").filter("roles", "is", "null"),
        [{"name": "Idle", "roles": []}],
    ),
    ("counted", lambda c: c.table("actors").select("name,roles(count)").eq("id", 1), [{"name": "Corinne", "roles": [{"count": 2}]}]),
    ("with a cast", lambda c: c.table("notices").select("films(title,id::text)"), [{"films": {"title": "Cleo", "id": "1"}}]),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_embedding(client: Client, asked: Asked, expected: object) -> None:
    assert data_of(asked(client)) == expected


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (lambda c: c.table("films").select("*,directors(*)"), "PGRST201"),
        (lambda c: c.table("films").select("*,things(*)"), "PGRST200"),
        (lambda c: c.table("films").select("*,directors!nowhere(*)"), "PGRST200"),
        (lambda c: c.table("films").select("*,roles(colour)"), "42703"),
        (lambda c: c.table("films").select("*,roles(part"), "PGRST100"),
        (lambda c: c.table("films").select("*,roles(part)").eq("actors.name", "x"), "PGRST108"),
        (lambda c: c.table("films").select("*,...directors!director(name)"), "501"),
        (lambda c: c.table("films").select("*,roles()"), "501"),
        (lambda c: c.table("directors").select("boss(" * 12 + "id" + ")" * 12), "501"),
        (lambda c: c.table("films").select("*").order("title", foreign_table="roles"), "PGRST108"),
    ],
)
def test_refusals(client: Client, asked: Asked, code: str) -> None:
    with pytest.raises(APIError) as refused:
        asked(client).execute()

    assert refused.value.code == code


def test_several_ways_are_all_named(client: Client) -> None:
    with pytest.raises(APIError) as refused:
        client.table("films").select("directors(name)").execute()

    assert "directors!" in str(refused.value.hint)
    assert len(refused.value.details or "") >= 2


def test_row_security_holds_for_what_is_embedded(small: World) -> None:
    me, other = small.person(), small.person()
    with small.server.connect() as db:
        db.execute("insert into public.scenes values (1, 1, 10, %s), (2, 1, 20, %s)", [me.id, other.id])

    found = data_of(me.client.table("films").select("title,scenes(id)").eq("id", 1))
    nobody = data_of(small.anon.table("films").select("title,scenes(id)").eq("id", 1))

    assert found == [{"title": "Cleo", "scenes": [{"id": 1}]}]
    assert nobody == [{"title": "Cleo", "scenes": []}]


def test_a_written_row_comes_back_with_what_belongs_to_it(small: World) -> None:
    written = small.http(
        "PATCH",
        "/rest/v1/films?id=eq.2&select=title,roles(part)",
        key=small.supabase.service_role_key,
        headers={"prefer": "return=representation", "content-type": "application/json"},
        content=b'{"title": "Jetee"}',
    ).json()

    assert written[0]["title"] == "Jetee"
    assert sorted(role["part"] for role in written[0]["roles"]) == ["a voice", "the man"]


def test_names_are_quoted(client: Client) -> None:
    with pytest.raises(APIError) as refused:
        client.table("films").select('*,"roles; drop table films"(*)').execute()

    assert refused.value.code == "PGRST200"
    assert len(data_of(client.table("films").select("id"))) == 3
