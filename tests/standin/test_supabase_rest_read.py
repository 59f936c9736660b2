"""Reading over REST with the official client: columns, filters, trees, order, pages, single rows, counts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from postgrest import CountMethod
from postgrest.exceptions import APIError
from supabase import Client

from gate.postgres import Server
from tests.standin.supabase_world import THINGS, World, world

pytestmark = pytest.mark.postgres

Query = Any  # the client's builders have no common public type


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        with server.connect() as db:
            db.execute(THINGS.encode())
        yield one


@pytest.fixture
def client(small: World) -> Client:
    return small.service


COLUMNS: list[tuple[str, object]] = [
    ("id,name", {"id": 1, "name": "red house"}),
    ("id, title:name", {"id": 1, "title": "red house"}),
    ("size::text", {"size": "1.50"}),
    ("n:size::int", {"n": 2}),
    ("size::float8", {"size": 1.5}),
    ("tags", {"tags": ["a", "b"]}),
    ("data->n", {"n": 1}),
    ("data->a->>b", {"b": "deep"}),
    ("deep:data->a->>b", {"deep": "deep"}),
    ("data->list->0", {"list": 10}),
    ("data->list->-1", {"list": 20}),
    ("tags->0", {"tags": "a"}),
    ('"name"', {"name": "red house"}),
]


@pytest.mark.parametrize(("select", "expected"), COLUMNS, ids=[select for select, _ in COLUMNS])
def test_columns(client: Client, select: str, expected: object) -> None:
    assert [expected] == client.table("things").select(select).eq("id", 1).execute().data


def test_star_is_every_column(client: Client) -> None:
    found = client.table("things").select("*").eq("id", 1).single().execute().data

    assert isinstance(found, dict)
    assert list(found) == ["id", "name", "size", "kind", "tags", "data", "span", "body"]


FILTERS: list[tuple[str, Callable[[Query], Query], list[int]]] = [
    ("eq", lambda q: q.eq("id", 2), [2]),
    ("neq leaves out null", lambda q: q.neq("name", "red house"), [2, 3]),
    ("gt", lambda q: q.gt("size", 20), [3]),
    ("gte", lambda q: q.gte("size", 20), [2, 3]),
    ("lt", lambda q: q.lt("size", "20"), [1]),
    ("lte", lambda q: q.lte("size", 20), [1, 2]),
    ("like", lambda q: q.like("name", "%house"), [1]),
    ("like with stars", lambda q: q.like("name", "*house*"), [1, 2]),
    ("ilike", lambda q: q.ilike("name", "RED*"), [1]),
    ("like any of", lambda q: q.like_any_of("name", "red*,green*"), [1, 2]),
    ("like all of", lambda q: q.like_all_of("name", "*house*,*s"), [2]),
    ("ilike any of", lambda q: q.ilike_any_of("name", "RED*,GREEN*"), [1, 2]),
    ("match", lambda q: q.filter("name", "match", "^red"), [1]),
    ("imatch", lambda q: q.filter("name", "imatch", "^RED"), [1]),
    ("is null", lambda q: q.is_("name", None), [4]),
    ("is not null", lambda q: q.not_.is_("name", None), [1, 2, 3]),
    ("is not_null", lambda q: q.filter("name", "is", "not_null"), [1, 2, 3]),
    ("is distinct", lambda q: q.filter("name", "isdistinct", "red house"), [2, 3, 4]),
    ("in", lambda q: q.in_("id", [1, 3, 99]), [1, 3]),
    ("in nothing", lambda q: q.in_("id", []), []),
    ("in with commas, quotes and brackets", lambda q: q.in_("name", ['a, "quoted" (name)', "x"]), [3]),
    ("in the word null", lambda q: q.in_("name", ["null", "NULL"]), []),
    ("not in", lambda q: q.not_.in_("id", [1, 2]), [3, 4]),
    ("contains", lambda q: q.contains("tags", ["b"]), [1, 2]),
    ("contains what has a comma", lambda q: q.contains("tags", ["c,d"]), [2]),
    ("contains JSON", lambda q: q.contains("data", {"n": 2}), [2]),
    ("contained by", lambda q: q.contained_by("tags", ["a", "b", "z"]), [1, 3]),
    ("overlaps", lambda q: q.overlaps("tags", ["a", "c,d"]), [1, 2]),
    ("range overlaps", lambda q: q.ov("span", "[4,6)"), [1, 2]),
    ("range left of", lambda q: q.range_lt("span", (8, 12)), [1, 2]),
    ("range right of", lambda q: q.range_gt("span", (0, 4)), [2, 3]),
    ("range not left of", lambda q: q.range_gte("span", (6, 9)), [3]),
    ("range not right of", lambda q: q.range_lte("span", (1, 6)), [1]),
    ("range adjacent", lambda q: q.filter("span", "adj", "[9,10)"), [2]),
    ("fts", lambda q: q.fts("body", "house"), [1, 2]),
    ("fts in a language", lambda q: q.text_search("body", "houses", {"config": "english"}), [1, 2]),
    ("plain fts", lambda q: q.text_search("body", "green houses", {"type": "plain"}), [2]),
    ("phrase fts", lambda q: q.text_search("body", "red house", {"type": "phrase"}), [1]),
    ("web fts", lambda q: q.text_search("body", "house -red", {"type": "web_search"}), [2]),
    ("inside JSON", lambda q: q.eq("data->>n", 2), [2]),
    ("inside JSON as JSON", lambda q: q.gt("data->n", 1), [2]),
    ("two filters are both meant", lambda q: q.eq("kind", "plain").gt("id", 1), [2]),
    ("match by a dictionary", lambda q: q.match({"kind": "fancy", "id": 4}), [4]),
    ("or", lambda q: q.or_("id.eq.1,name.is.null"), [1, 4]),
    ("or with and inside", lambda q: q.or_("and(kind.eq.plain,id.gt.1),id.eq.4"), [2, 4]),
    ("or with not and", lambda q: q.or_("id.eq.4,not.and(id.lt.3,kind.eq.plain)"), [3, 4]),
    ("not or", lambda q: q.not_.or_("id.eq.1,id.eq.2"), [3, 4]),
    ("or with a list", lambda q: q.or_("id.in.(1,2),size.gte.300"), [1, 2, 3]),
    ("or with a quoted value", lambda q: q.or_('name.eq."a, \\"quoted\\" (name)",id.eq.1'), [1, 3]),
    ("or with an array", lambda q: q.or_("tags.cs.{a,b},id.eq.4"), [1, 4]),
    ("or with a negated operator", lambda q: q.or_("name.not.is.null,id.eq.4"), [1, 2, 3, 4]),
    ("any", lambda q: q.filter("id", "eq(any)", "{1,4}"), [1, 4]),
]


@pytest.mark.parametrize(("filtered", "expected"), [case[1:] for case in FILTERS], ids=[case[0] for case in FILTERS])
def test_filters(client: Client, filtered: Callable[[Query], Query], expected: list[int]) -> None:
    found = filtered(client.table("things").select("id")).order("id").execute().data

    assert expected == [row["id"] for row in found]


@pytest.mark.parametrize(
    ("ordered", "expected"),
    [
        (lambda q: q.order("id", desc=True), [4, 3, 2, 1]),
        (lambda q: q.order("size", desc=True, nullsfirst=False), [3, 2, 1, 4]),
        (lambda q: q.order("size", nullsfirst=True), [4, 1, 2, 3]),
        (lambda q: q.order("kind").order("id", desc=True), [4, 3, 2, 1]),
        (lambda q: q.order("data->>n", desc=True, nullsfirst=False).order("id"), [2, 1, 3, 4]),
        (lambda q: q.order("id").limit(2), [1, 2]),
        (lambda q: q.order("id").limit(2).offset(1), [2, 3]),
        (lambda q: q.order("id").range(1, 2), [2, 3]),
        (lambda q: q.order("id").limit(0), []),
    ],
)
def test_order_and_pages(client: Client, ordered: Callable[[Query], Query], expected: list[int]) -> None:
    assert expected == [row["id"] for row in ordered(client.table("things").select("id")).execute().data]


def test_exact_count_goes_beyond_the_page(client: Client) -> None:
    found = client.table("things").select("id", count=CountMethod.exact).gt("id", 1).order("id").limit(1).execute()

    assert (found.data, found.count) == ([{"id": 2}], 3)


def test_count_alone(client: Client) -> None:
    found = client.table("things").select("*", count=CountMethod.exact, head=True).execute()

    assert (found.data, found.count) == ([], 4)


def test_page_behind_the_end(client: Client) -> None:
    with pytest.raises(APIError) as refused:
        client.table("things").select("id", count=CountMethod.exact).range(10, 20).execute()

    assert (
        refused.value.code,
        refused.value.details,
    ) == ("PGRST103", "An offset of 10 was requested, but there are only 4 rows.")


def test_single_and_maybe_single(client: Client) -> None:
    things = client.table("things").select("id,size")

    assert things.eq("id", 1).single().execute().data == {"id": 1, "size": 1.50}
    assert client.table("things").select("id").eq("id", 77).maybe_single().execute() is None
    for which, count in ((1, "4 rows"), (77, "0 rows")):
        query = client.table("things").select("id")
        query = query if which == 1 else query.eq("id", which)
        with pytest.raises(APIError) as refused:
            query.single().execute()
        assert ("PGRST116", f"The result contains {count}") == (refused.value.code, refused.value.details)


def test_numbers_keep_their_digits(small: World) -> None:
    one = {"accept": "application/vnd.pgrst.object+json"}
    found = small.http("GET", "/rest/v1/things?select=size&id=eq.1", key=small.supabase.service_role_key, headers=one)

    assert found.content == b'{"size":1.50}'


def test_nulls_can_be_left_out(client: Client) -> None:
    assert client.table("things").select("id,name").eq("id", 4).strip_nulls().execute().data == [{"id": 4}]


def test_view(client: Client) -> None:
    assert client.table("big").select("id").order("id").execute().data == [{"id": 2}, {"id": 3}]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (lambda c: c.table("nowhere").select("*"), "PGRST205"),
        (lambda c: c.table("things").select("colour"), "42703"),
        (lambda c: c.table("things").select("id").eq("colour", 1), "42703"),
        (lambda c: c.table("things").select("id::colour"), "42704"),
        (lambda c: c.table("things").select("id").eq("id", "one"), "22P02"),
        (lambda c: c.table("things").select("id").filter("id", "eqq", "1"), "PGRST100"),
        (lambda c: c.table("things").select("id").filter("id", "eq(some)", "{1}"), "PGRST100"),
        (lambda c: c.table("things").select("id").filter("id", "is", "maybe"), "PGRST100"),
        (lambda c: c.table("things").select("id").filter("id", "in", "(1,2"), "PGRST100"),
        (lambda c: c.table("things").select("id,").eq("id", 1), "PGRST100"),
        (lambda c: c.table("things").select("id").or_("id.eq.1,"), "PGRST100"),
        (lambda c: c.table("things").select("id").or_("id.eq.1)"), "PGRST100"),
        (lambda c: c.table("things").select("id").order("id.sideways"), "PGRST100"),
        (lambda c: c.table("things").select("id").limit("many"), "PGRST100"),
        (lambda c: c.table("things").select("id").eq("parts.id", 1), "PGRST108"),
        (lambda c: c.table("things").select("count()"), "PGRST123"),
        (lambda c: c.table("things").select("size.sum()"), "PGRST123"),
        (lambda c: c.schema("auth").from_("users").select("*"), "PGRST106"),
        (lambda c: c.table("things").select("*,notes(*)"), "PGRST200"),
        (lambda c: c.table("things").select("id,...parts(id)"), "501"),
        (lambda c: c.table("things").select("id").csv(), "501"),
    ],
)  # fmt: skip
def test_refusals(client: Client, asked: Callable[[Client], Query], code: str) -> None:
    with pytest.raises(APIError) as refused:
        asked(client).execute()

    assert (code, True) == (refused.value.code, bool(refused.value.message))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/rest/v1/nowhere", 404),
        ("/rest/v1/things?colour=eq.1", 400),
        ("/rest/v1/things?select=*,notes(*)", 400),
        ("/rest/v1/things?select=id&limit=2", 200),
        ("/rest/v1/locked", 401),
        ("/rest/v1/a/b", 404),
        ("/rest/v1/", 501),
        ("/rest/v1/rpc/nowhere", 404),
    ],
)
def test_statuses_for_nobody(small: World, path: str, status: int) -> None:
    assert status == small.http("GET", path).status_code


def test_no_right_is_403_for_somebody(small: World) -> None:
    somebody = small.person()

    assert small.http("GET", "/rest/v1/locked", token=somebody.token).status_code == 403


def test_partial_page_is_206(small: World) -> None:
    found = small.http("GET", "/rest/v1/things?select=id", headers={"prefer": "count=exact", "range": "1-2"})

    assert (found.status_code, found.headers["content-range"]) == (206, "1-2/4")


def test_a_get_changes_nothing(small: World) -> None:
    assert small.http("GET", "/rest/v1/trap", key=small.supabase.service_role_key).status_code == 405
