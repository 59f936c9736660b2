"""Hostile input: nothing that a client sends becomes SQL, a path, or a hang."""

import http.client
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgrest.exceptions import APIError

from gate.postgres import Server
from tests.standin.supabase_world import World, data_of, world

pytestmark = pytest.mark.postgres

NASTY = [
    "'; drop table public.things; --",
    "\\'; drop table public.things; --",
    "1); delete from public.things; --",
    "$$; select pg_sleep(9); $$",
    "x' or '1'='1",
    '"',
    '""; drop table public.things',
    "%s",
    "%(name)s",
    "100%",
    "  in the middle of nothing  ",
    "{}",
    "{0}",
    "a\\",
    "\x7f\x01",
    "ünïcödé ✓ 𐍈",
    "/* comment */",
    "--",
    ";",
    "(",
    ")",
    ",",
    "null",
    "$1",
    "e'\\x00'",
]
ODD = 'odd "name"; drop table things'


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        with server.connect() as db:
            db.execute("insert into public.things (id, name) values (0, 'witness')")
        yield one


def untouched(small: World) -> bool:
    with small.server.connect() as db:
        row = db.execute("select count(*) from public.things where id = 0 and name = 'witness'").fetchone()
    return row == (1,)


@pytest.mark.parametrize("text", NASTY)
def test_values_come_back_as_they_went(small: World, text: str) -> None:
    table = small.service.table("things")
    table.delete().gt("id", 0).execute()
    table.insert({"id": 1, "name": text, "tags": [text], "data": {text: text}}).execute()

    for query in (
        table.select("id").eq("name", text),
        table.select("id").in_("name", [text, "x"]),
        table.select("id").contains("tags", [text]),
        table.select("id").contains("data", {text: text}),
        table.select("id").neq("name", "witness"),
    ):
        assert query.execute().data == [{"id": 1}]
    assert [text] == [row["name"] for row in data_of(table.update({"name": text}).eq("name", text))]
    assert len(table.delete().eq("name", text).execute().data) == 1
    assert untouched(small)


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize(
    "where", ["column", "key", "alias", "cast", "order", "table", "function", "argument", "columns", "conflict"]
)
def test_names_do_not_become_sql(small: World, where: str, text: str) -> None:
    """Whatever stands where a name belongs is a name: an answer comes, and it is no 500."""
    key, quoted = small.supabase.service_role_key, urllib.parse.quote(text, safe="")
    asked: dict[str, tuple[str, str, bytes | None]] = {
        "column": ("GET", f"things?select={quoted}", None),
        "key": ("GET", f"things?{quoted}=eq.1", None),
        "alias": ("GET", f"things?select={quoted}:id", None),
        "cast": ("GET", f"things?select=id::{quoted}", None),
        "order": ("GET", f"things?order={quoted}.desc", None),
        "table": ("GET", quoted, None),
        "function": ("POST", f"rpc/{quoted}", b"{}"),
        "argument": ("GET", f"rpc/add?{quoted}=1", None),
        "columns": ("POST", f"things?columns={quoted}", b'{"id": 5}'),
        "conflict": ("POST", f"things?on_conflict={quoted}", b'{"id": 5}'),
    }
    method, path, content = asked[where]
    answer = small.http(
        method, f"/rest/v1/{path}", key=key, content=content, headers={"prefer": "resolution=merge-duplicates"}
    )

    assert answer.status_code < 500 or answer.status_code == 501, answer.text
    assert untouched(small)
    small.service.table("things").delete().eq("id", 5).execute()


def test_odd_names_that_do_exist_work(small: World) -> None:
    table = small.client(small.supabase.service_role_key).table(ODD)
    row = {'col;--"x': "v", "per%cent %s": 7, "payload": 1}
    table.insert(row).execute()

    assert [row] == table.select("*").execute().data
    assert [row] == table.update({"payload": 1}).eq('col;--"x', "v").execute().data
    assert table.select('"per%cent %s"').eq("per%cent %s", 7).execute().data == [{"per%cent %s": 7}]
    assert len(table.delete().eq("payload", 1).execute().data) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/rest/v1/things?name=eq.a%00b",
        "/rest/v1/things?na%00me=eq.a",
        "/rest/v1/thi%00ngs",
        "/rest/v1/rpc/add?a=%00",
        "/auth/v1/admin/users/%00",
        "/storage/v1/object/private/a%00b",
    ],
)
def test_nul_is_the_client_s_fault(small: World, path: str) -> None:
    answer = small.http("GET", path, key=small.supabase.service_role_key)

    assert 400 <= answer.status_code < 500
    if path.startswith("/rest"):  # said before a name could be cut off at the NUL
        assert answer.json()["code"] == "22021"


def test_nul_inside_json(small: World) -> None:
    for body in ({"id": 7, "name": "a\0b"}, {"id": 7, "na\0me": "x"}):
        with pytest.raises(APIError) as refused:
            small.service.table("things").insert(body).execute()
        assert refused.value.code in {"22P05", "PGRST204"}


def test_half_a_surrogate_pair(small: World) -> None:
    key = small.supabase.service_role_key
    for path, body in (
        ("/rest/v1/things", b'{"id": 7, "name": "\\ud800"}'),
        ("/auth/v1/signup", b'{"email": "\\ud800@example.com", "password": "password"}'),
        ("/storage/v1/object/list/private", b'{"prefix": "\\ud800"}'),
    ):
        assert 400 <= small.http("POST", path, key=key, content=body).status_code < 500


@pytest.mark.parametrize(
    "name",
    [
        "../escape", "a/../../escape", "..", ".", "a/./b", "%2e%2e/escape", "..%2fescape", "%2e%2e%2fescape",
        "a//b", "/etc/passwd", "a\\..\\b", "~", "x%0A", "%C3%BC", "%FF", "a%23b", "a|b", "a%00b", "",
    ],
)  # fmt: skip
def test_object_names_that_are_no_names(small: World, name: str) -> None:
    """Sent below the client and the HTTP library, both of which would tidy the path up."""
    connection = http.client.HTTPConnection("127.0.0.1", int(small.supabase.url.rsplit(":", 1)[1]), timeout=10)
    connection._validate_path = lambda _path: None  # type: ignore[attr-defined]
    key = small.supabase.service_role_key
    headers = {"apikey": key, "authorization": f"Bearer {key}"}
    try:
        connection.putrequest("POST", f"/storage/v1/object/open/{name}")
        for pair in {**headers, "content-length": "1"}.items():
            connection.putheader(*pair)
        connection.endheaders(b"x")
        status = connection.getresponse().status
    finally:
        connection.close()

    assert 400 <= status < 500 or status == 501
    assert small.service.storage.from_("open").list() == []


def test_files_are_named_by_the_stand_in(small: World) -> None:
    small.service.storage.from_("private").upload("a/b/report.txt", b"x")
    folder = small.supabase._objects._root

    assert [path.parent == folder and len(path.name) == 64 for path in folder.rglob("*")] == [True]
    assert folder.stat().st_mode & 0o777 == 0o700
    small.service.storage.from_("private").remove(["a/b/report.txt"])
    assert list(folder.rglob("*")) == []


def test_a_forged_version_reads_nothing(small: World) -> None:
    """Whoever may update a row may write any version into it; it must not lead to another file."""
    me, storage = small.person(), small.service.storage.from_("private")
    storage.upload("other/secret.txt", b"secret")
    me.client.storage.from_("private").upload(f"{me.id}/mine.txt", b"mine")
    with small.server.connect() as db:
        for version in (
            "(select version from storage.objects where name = 'other/secret.txt')",
            "'../../../etc/passwd'",
        ):
            db.execute(f"update storage.objects set version = {version} where name = %s", [f"{me.id}/mine.txt"])
            with pytest.raises(Exception, match="not_found"):
                me.client.storage.from_("private").download(f"{me.id}/mine.txt")


QUERY = st.lists(
    st.tuples(
        st.sampled_from(
            ["select", "order", "limit", "offset", "or", "and", "not.or", "id", "name", "data->>a", "on_conflict"]
        )
        | st.text(max_size=12),
        st.text(alphabet="abcideqnot.in()*,:;'\"\\%{}->1 \0", max_size=24) | st.text(max_size=12),
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERY)
def test_any_query_gets_an_answer_that_is_no_bug(small: World, query: list[tuple[str, str]]) -> None:
    text = urllib.parse.urlencode(query, errors="replace")
    answer = small.http("GET", f"/rest/v1/things?{text}", key=small.supabase.service_role_key)
    body: Any = answer.json()

    assert answer.status_code < 500 or answer.status_code == 501, (query, answer.text)
    assert isinstance(body, list) or {"code", "message", "details", "hint"} == set(body)


def test_still_there_after_all_that(small: World) -> None:
    assert untouched(small)
