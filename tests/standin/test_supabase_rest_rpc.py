"""Functions over REST with the official client: arguments by name, overloads, what comes back, in whose name."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from postgrest.exceptions import APIError

from gate.postgres import Server
from tests.standin.supabase_world import THINGS, World, data_of, world

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        with server.connect() as db:
            db.execute(THINGS.encode())
        yield one


CALLS: list[tuple[str, dict[str, Any], object]] = [
    ("add", {"a": 1, "b": 2}, 3),
    ("add", {"a": 1}, 11),
    ("nothing", {}, []),
    ("numbers", {"n": 3}, [1, 2, 3]),
    ("numbers", {"n": 0}, []),
    ("pairs", {"n": 2}, [{"i": 1, "square": 1}, {"i": 2, "square": 4}]),
    ("over", {"a": 1}, "int"),
    ("over", {"a": 1, "b": "x"}, "int and text"),
    ("total", {"amounts": [1, 2, 3]}, 6),
    ("echo", {"items": ["a", "b,c"], "about": {"k": 1}}, {"items": ["a", "b,c"], "about": {"k": 1}}),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), CALLS)
@pytest.mark.parametrize("get", [False, True], ids=["POST", "GET"])
def test_calls(small: World, name: str, arguments: dict[str, Any], expected: object, get: bool) -> None:
    assert expected == small.anon.rpc(name, arguments, get=get).execute().data


def test_void_is_204(small: World) -> None:
    assert small.http("POST", "/rest/v1/rpc/nothing", content=b"{}").status_code == 204


def test_an_object_comes_alone(small: World) -> None:
    found = data_of(small.service.rpc("one_thing", {"which": 2}))

    assert (found["name"], found["kind"]) == ("green houses", "plain")


def test_a_single_json_argument_is_the_whole_body(small: World) -> None:
    assert small.anon.rpc("whole", {"any": ["thing"]}).execute().data == {"any": ["thing"]}


def test_rows_can_be_filtered_ordered_and_cut(small: World) -> None:
    query = small.anon.rpc("pairs", {"n": 9}).select("s:square").gt("i", 5).order("i", desc=True).limit(2)

    assert query.execute().data == [{"s": 81}, {"s": 64}]


def test_a_thousand_rows_at_most(small: World) -> None:
    every = {"n": 1500}

    assert len(data_of(small.anon.rpc("pairs", every))) == 1000
    assert len(data_of(small.anon.rpc("pairs", every).select("i").limit(1200))) == 1000
    assert len(data_of(small.anon.rpc("pairs", every).select("i").range(1000, 1999))) == 500


def test_single(small: World) -> None:
    assert small.anon.rpc("pairs", {"n": 1}).single().execute().data == {"i": 1, "square": 1}
    with pytest.raises(APIError) as refused:
        small.anon.rpc("pairs", {"n": 2}).single().execute()
    assert refused.value.code == "PGRST116"


def test_row_security_holds_inside_functions(small: World) -> None:
    mine, other = small.person("a"), small.person("b")
    mine.client.table("notes").insert({"title": "mine"}).execute()

    assert [row["title"] for row in data_of(mine.client.rpc("mine"))] == ["mine"]
    assert other.client.rpc("mine").execute().data == []


def test_in_whose_name(small: World) -> None:
    me = small.person()
    found = data_of(me.client.rpc("who"))

    assert ("authenticated", "authenticator", me.id) == (found["role"], found["login"], found["uid"])
    assert (me.email, "authenticated") == (found["claims"]["email"], found["claims"]["aud"])
    assert (found["method"], found["path"], "httpx" in found["agent"]) == ("POST", "/rest/v1/rpc/who", True)
    assert found["search"] == '"public", "extensions"'


@pytest.mark.parametrize(("which", "role"), [("anon", "anon"), ("service", "service_role")])
def test_the_key_decides_without_a_session(small: World, which: str, role: str) -> None:
    found = getattr(small, which).rpc("who").execute().data

    assert (role, None) == (found["role"], found["uid"])


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("nowhere", {}, "PGRST202"),
        ("add", {"c": 1}, "PGRST202"),
        ("add", {"a": 1, "c": 1}, "PGRST202"),
        ("twin", {"a": 1}, "PGRST203"),
        ("add", {"a": "x"}, "22P02"),
        ("raises", {"code": "P0001"}, "P0001"),
        ("raises", {"code": "23514"}, "23514"),
        ("new_user", {}, "PGRST202"),
    ],
)
def test_refusals(small: World, name: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(APIError) as refused:
        small.anon.rpc(name, arguments).execute()

    assert code == refused.value.code


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("P0001", 400), ("P0002", 500), ("42501", 401), ("23505", 409), ("23503", 409), ("42P01", 404),
        ("42883", 404), ("25006", 405), ("53300", 503), ("40001", 500), ("57014", 500), ("XX000", 500),
        ("22023", 400), ("28000", 403), ("PT402", 402), ("54000", 500),
    ],
)  # fmt: skip
def test_statuses(small: World, code: str, status: int) -> None:
    refused = small.http("POST", "/rest/v1/rpc/raises", content=f'{{"code": "{code}"}}'.encode())

    assert (status, code, "as asked", "the detail", "the hint") == (
        refused.status_code,
        *(refused.json()[name] for name in ("code", "message", "details", "hint")),
    )


def test_no_right_is_403_for_somebody(small: World) -> None:
    me = small.person()
    refused = small.http("POST", "/rest/v1/rpc/raises", token=me.token, content=b'{"code": "42501"}')

    assert refused.status_code == 403


def test_a_function_sets_the_status(small: World) -> None:
    assert small.http("POST", "/rest/v1/rpc/teapot", content=b"{}").status_code == 418


def test_a_function_that_promises_to_read_must_not_write(small: World) -> None:
    assert small.http("POST", "/rest/v1/rpc/sneaky", key=small.supabase.service_role_key).status_code == 405
    assert small.http("GET", "/rest/v1/rpc/writes", key=small.supabase.service_role_key).status_code == 405


def test_nothing_stays_behind_for_the_next_request(small: World) -> None:
    for _ in range(4):
        small.anon.rpc("leaves_traces").execute()

    assert [small.anon.rpc("traces").execute().data for _ in range(4)] == ["none"] * 4


def test_the_role_s_own_timeout_ends_a_long_call(small: World) -> None:
    with small.server.connect() as db:
        db.execute("alter role anon set statement_timeout = '300ms'")
    began = time.monotonic()
    with pytest.raises(APIError) as refused:
        small.anon.rpc("sleep", {"seconds": 5}).execute()

    assert (refused.value.code, time.monotonic() - began < 3) == ("57014", True)


def test_a_function_in_another_schema_is_out_of_reach(small: World) -> None:
    with pytest.raises(APIError) as refused:
        small.service.schema("auth").rpc("uid", {}).execute()

    assert (refused.value.code, refused.value.message) == ("PGRST106", "Invalid schema: auth")
