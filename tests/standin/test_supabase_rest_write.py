"""Writing over REST with the official client, and what row security makes of it."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from postgrest import CountMethod, ReturnMethod
from postgrest.exceptions import APIError

from gate.postgres import Server
from tests.standin.supabase_world import World, data_of, world

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        yield one


@pytest.fixture(autouse=True)
def empty(small: World) -> None:
    with small.server.connect() as db:
        db.execute("truncate public.things, public.notes cascade")


def things(small: World) -> list[tuple[object, ...]]:
    with small.server.connect() as db:
        return db.execute("select id, name, kind from public.things order by id").fetchall()


def test_insert_gives_the_row_with_its_defaults(small: World) -> None:
    me = small.person()
    found: Any = (
        me.client.table("notes").insert({"title": "x", "tags": ["a", 'b,"c'], "data": {"k": [1, None]}}).execute()
    )

    assert [("x", me.id, 1, ["a", 'b,"c'], {"k": [1, None]})] == [
        (row["title"], row["owner"], row["stars"], row["tags"], row["data"]) for row in found.data
    ]


def test_insert_many_fills_gaps_with_null_or_with_defaults(small: World) -> None:
    rows = [{"id": 1, "kind": "odd"}, {"id": 2, "name": "two"}]
    with pytest.raises(APIError) as refused:  # kind must not be null
        small.service.table("things").insert(rows).execute()
    small.service.table("things").insert(rows, default_to_null=False).execute()

    assert refused.value.code == "23502"
    assert things(small) == [(1, None, "odd"), (2, "two", "plain")]


def test_insert_nothing_and_insert_defaults(small: World) -> None:
    assert small.service.table("parts").insert([]).execute().data == []
    assert [row["thing"] for row in data_of(small.service.table("parts").insert({}))] == [None]


def test_select_after_insert_names_the_columns(small: World) -> None:
    found = small.service.table("things").insert({"id": 5, "name": "five"}).select("n:name,id::text").execute()

    assert found.data == [{"n": "five", "id": "5"}]


def test_insert_without_the_right_to_see(small: World) -> None:
    with small.server.connect() as db:
        db.execute(
            """create table if not exists public.box (id int, secret text); alter table public.box enable row level security;
               create policy put on public.box for insert to authenticated with check (true)"""
        )
    me = small.person()
    me.client.table("box").insert({"id": 1, "secret": "s"}, returning=ReturnMethod.minimal).execute()
    with pytest.raises(APIError) as refused:  # RETURNING needs a policy that shows the row
        me.client.table("box").insert({"id": 2, "secret": "s"}).execute()

    assert refused.value.code == "42501"
    assert me.client.table("box").select("*").execute().data == []
    assert small.service.table("box").select("id").execute().data == [{"id": 1}]


def test_update_and_count(small: World) -> None:
    small.service.table("things").insert([{"id": n, "name": f"n{n}"} for n in range(1, 5)]).execute()
    found: Any = small.service.table("things").update({"kind": "new"}, count=CountMethod.exact).gt("id", 2).execute()

    assert (2, {"new"}) == (found.count, {row["kind"] for row in found.data})
    assert things(small) == [(1, "n1", "plain"), (2, "n2", "plain"), (3, "n3", "new"), (4, "n4", "new")]


def test_update_changes_types_as_the_column_wants(small: World) -> None:
    me = small.person()
    me.client.table("notes").insert({"title": "t"}).execute()
    change = {"stars": "3", "seen": "2026-01-02T03:04:05+02:00", "span": "[1,4]", "data": [1, "a"], "tags": []}
    found = me.client.table("notes").update(change).eq("title", "t").select("stars,seen,span,data,tags").execute()

    assert found.data == [
        {"stars": 3, "seen": "2026-01-02T01:04:05+00:00", "span": "[1,5)", "data": [1, "a"], "tags": []}
    ]


def test_update_nothing(small: World) -> None:
    assert small.service.table("things").update({}).eq("id", 1).execute().data == []
    assert small.service.table("things").update({"kind": "x"}).eq("id", 77).execute().data == []


def test_delete_gives_what_is_gone(small: World) -> None:
    small.service.table("things").insert([{"id": 1}, {"id": 2}]).execute()

    assert small.service.table("things").delete().eq("id", 1).select("id").execute().data == [{"id": 1}]
    assert things(small) == [(2, None, "plain")]


@pytest.mark.parametrize("method", ["update", "delete"])
def test_a_forgotten_filter_is_refused_as_on_a_hosted_project(small: World, method: str) -> None:
    table = small.service.table("things")
    table.insert({"id": 1}).execute()
    with pytest.raises(APIError) as refused:
        (table.update({"kind": "x"}) if method == "update" else table.delete()).execute()

    assert ("21000", f"{method.upper()} requires a WHERE clause") == (refused.value.code, refused.value.message)
    assert things(small) == [(1, None, "plain")]


def test_upsert(small: World) -> None:
    table = small.service.table("things")
    table.insert([{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]).execute()
    table.upsert([{"id": 1, "name": "uno"}, {"id": 3, "name": "three"}]).execute()
    table.upsert({"id": 9, "name": "two", "kind": "by name"}, on_conflict="name").execute()
    ignored = table.upsert({"id": 3, "name": "drei"}, ignore_duplicates=True).execute()

    assert ignored.data == []
    assert things(small) == [(1, "uno", "plain"), (3, "three", "plain"), (9, "two", "by name")]


@pytest.mark.parametrize(
    ("row", "code", "status"),
    [
        ({"id": 1}, "23505", 409),
        ({"id": None}, "23502", 400),
        ({"id": 8, "colour": "red"}, "PGRST204", 400),
        ({"id": "x"}, "22P02", 400),
        ({"id": 8, "body": "x"}, "428C9", 400),
    ],
)
def test_what_the_database_refuses(small: World, row: dict[str, object], code: str, status: int) -> None:
    small.service.table("things").insert({"id": 1}).execute()
    with pytest.raises(APIError) as refused:
        small.service.table("things").insert(row).execute()
    key = small.supabase.service_role_key
    content = str(row).replace("'", '"').replace("None", "null").encode()
    again = small.http("POST", "/rest/v1/things", key=key, content=content)

    assert (code, status, code) == (refused.value.code, again.status_code, again.json()["code"])


def test_foreign_key_is_409_with_details(small: World) -> None:
    with pytest.raises(APIError) as refused:
        small.service.table("parts").insert({"thing": 404}).execute()

    assert (refused.value.code, "404" in str(refused.value.details)) == ("23503", True)


@pytest.mark.parametrize("content", [b"", b"no json", b"[1]", b'"x"', b'[{"id": 1}, {"kind": "x"}]', b"\xff\xfe{"])
def test_bodies_that_are_no_rows(small: World, content: bytes) -> None:
    refused = small.http("POST", "/rest/v1/things", key=small.supabase.service_role_key, content=content)

    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST102")


def test_single_undoes_what_is_not_one_row(small: World) -> None:
    table = small.service.table("things")
    table.insert([{"id": 1}, {"id": 2}]).execute()
    headers = {"prefer": "return=representation", "accept": "application/vnd.pgrst.object+json"}
    key = small.supabase.service_role_key
    refused = small.http("DELETE", "/rest/v1/things?id=gt.0", key=key, headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (406, "PGRST116")
    assert len(things(small)) == 2


def test_max_affected_undoes(small: World) -> None:
    table = small.service.table("things")
    table.insert([{"id": 1}, {"id": 2}]).execute()
    with pytest.raises(APIError) as refused:
        table.delete().gt("id", 0).max_affected(1).execute()

    assert refused.value.code == "PGRST124"
    assert len(things(small)) == 2


def test_limited_delete_is_refused_in_words(small: World) -> None:
    refused = small.http("DELETE", "/rest/v1/things?id=gt.0&limit=1", key=small.supabase.service_role_key)

    assert (refused.status_code, "limit" in refused.json()["message"]) == (501, True)


def test_row_security_between_two_people(small: World) -> None:
    mine, other = small.person("a"), small.person("b")
    note = mine.client.table("notes").insert({"title": "private"}).execute().data[0]
    assert isinstance(note, dict)
    which = str(note["id"])

    assert other.client.table("notes").select("*").execute().data == []
    assert other.client.table("notes").update({"title": "stolen"}).eq("id", which).execute().data == []
    assert other.client.table("notes").delete().eq("id", which).execute().data == []
    assert small.anon.table("notes").select("*").execute().data == []
    for client, owner in ((other.client, mine.id), (small.anon, mine.id), (mine.client, other.id)):
        with pytest.raises(APIError) as refused:
            client.table("notes").insert({"title": "forged", "owner": owner}).execute()
        assert refused.value.code == "42501"
    with pytest.raises(APIError) as given_away:
        mine.client.table("notes").update({"owner": other.id}).eq("id", which).execute()
    assert given_away.value.code == "42501"
    assert [{"title": "private", "owner": mine.id}] == small.service.table("notes").select("title,owner").execute().data


def test_a_deferred_constraint_is_an_answer_too(small: World) -> None:
    with small.server.connect() as db:
        db.execute(
            """create table if not exists public.later (id int primary key, other int references public.later (id)
               deferrable initially deferred)"""
        )
    with pytest.raises(APIError) as refused:
        small.service.table("later").insert({"id": 1, "other": 2}).execute()

    assert refused.value.code == "23503"
    assert small.service.table("later").select("*").execute().data == []


def test_a_random_user_is_refused_by_the_foreign_key(small: World) -> None:
    token = small.supabase.mint({"sub": str(uuid.uuid4()), "role": "authenticated"})
    with pytest.raises(APIError) as refused:
        small.client(small.supabase.anon_key, token).table("notes").insert({"title": "x"}).execute()

    assert refused.value.code == "23503"
