"""Keys and tokens: who gets in, as whom, and in which words everybody else is sent away."""

import base64
import json
import time
from collections.abc import Iterator

import jwt
import pytest
from postgrest.exceptions import APIError

from gate.postgres import Server
from tests.standin.supabase_world import Person, World, data_of, world

pytestmark = pytest.mark.postgres

PATHS = ("/rest/v1/notes", "/auth/v1/user", "/storage/v1/bucket")


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        yield one


@pytest.fixture(scope="module")
def me(small: World) -> Person:
    return small.person()


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(me: Person, **more: object) -> dict[str, object]:
    return {"sub": me.id, "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 60, **more}


def test_the_keys_are_tokens_of_the_project(small: World) -> None:
    secret = small.supabase.jwt_secret
    roles = [
        jwt.decode(key, secret, algorithms=["HS256"])["role"]
        for key in (small.supabase.anon_key, small.supabase.service_role_key)
    ]

    assert roles == ["anon", "service_role"]


def test_two_runs_have_different_keys(small: World) -> None:
    with world(small.server, "select 1") as other:
        assert other.supabase.jwt_secret != small.supabase.jwt_secret
        assert other.http("GET", "/rest/v1/notes", key=small.supabase.service_role_key).status_code == 401


def test_a_minted_token(small: World, me: Person) -> None:
    read = jwt.decode(me.token, small.supabase.jwt_secret, algorithms=["HS256"], audience="authenticated")

    assert (me.id, "authenticated", f"{small.supabase.url}/auth/v1", 3600) == (
        read["sub"],
        read["role"],
        read["iss"],
        read["exp"] - read["iat"],
    )


@pytest.mark.parametrize("path", PATHS)
def test_no_key(small: World, path: str) -> None:
    refused = small.http("GET", path, key="")

    assert (refused.status_code, refused.json()["message"]) == (401, "No API key found in request")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["wrong", "sb_secret_nothing", "a.b.c", "ü"])
def test_unknown_key(small: World, path: str, key: str) -> None:
    sent = {"apikey": key.encode("latin-1").decode("latin-1")}
    refused = small._http.get(small.supabase.url + path, headers=[(k.encode(), v.encode()) for k, v in sent.items()])

    assert (refused.status_code, refused.json()["message"]) == (401, "Invalid API key")


def test_a_user_s_token_is_no_key(small: World, me: Person) -> None:
    assert small.http("GET", "/rest/v1/notes", key=me.token).status_code == 401


def test_storage_takes_a_bearer_alone(small: World, me: Person) -> None:
    with_bearer = small.http(
        "POST", "/storage/v1/object/list/private", key="", token=me.token, content=b'{"prefix": ""}'
    )

    assert (with_bearer.status_code, with_bearer.json()) == (200, [])
    assert small.http("GET", "/rest/v1/notes", key="", token=me.token).status_code == 401


def bad_tokens(small: World, me: Person) -> dict[str, str]:
    secret, good = small.supabase.jwt_secret, me.token.split(".")
    return {
        "none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims(me))}.",
        "none with a signature": f"{part({'alg': 'none'})}.{part(claims(me))}.{good[2]}",
        "another secret": jwt.encode(claims(me), "x" * 64, "HS256"),
        "another algorithm": jwt.encode(claims(me), secret, "HS512"),
        "other claims": f"{good[0]}.{part(claims(me, role='service_role'))}.{good[2]}",
        "cut short": me.token[:-3],
        "from tomorrow": jwt.encode(claims(me, iat=int(time.time()) + 86400), secret, "HS256"),
        "a role that is no text": jwt.encode(claims(me, role=["service_role"]), secret, "HS256"),
        "nothing in it": "..",
        "deep": f"{base64.urlsafe_b64encode(b'[' * 5000).decode()}.{part({})}.x",
    }


BAD = ("none", "none with a signature", "another secret", "another algorithm", "other claims", "cut short",
       "from tomorrow", "a role that is no text", "nothing in it", "deep")  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_tokens(small: World, me: Person, kind: str) -> None:
    token = bad_tokens(small, me)[kind]
    rest = small.http("GET", "/rest/v1/notes", token=token)
    storage = small.http("GET", "/storage/v1/bucket", token=token)
    auth = small.http("GET", "/auth/v1/user", token=token)

    assert (rest.status_code, rest.json()["code"]) == (401, "PGRST301")
    assert (storage.status_code, storage.json()["statusCode"], storage.json()["error"]) == (400, "403", "Unauthorized")
    if kind != "a role that is no text":  # auth does not ask for the role
        assert (auth.status_code, auth.json()["error_code"]) == (403, "bad_jwt")


def test_expired_token(small: World, me: Person) -> None:
    token = small.supabase.mint({"sub": me.id, "role": "authenticated"}, lifetime=-1)
    client = small.client(small.supabase.anon_key, token)
    with pytest.raises(APIError) as refused:
        client.table("notes").select("*").execute()
    rest = small.http("GET", "/rest/v1/notes", token=token)
    storage = small.http("GET", "/storage/v1/bucket", token=token)
    auth = small.http("GET", "/auth/v1/user", token=token)

    assert (refused.value.code, refused.value.message, rest.status_code) == ("PGRST303", "JWT expired", 401)
    assert (storage.json()["statusCode"], storage.json()["message"]) == ("403", "jwt expired")
    assert (auth.status_code, auth.json()["error_code"], "expired" in auth.json()["msg"]) == (403, "bad_jwt", True)


def test_a_bearer_without_dots_leaves_it_to_the_key(small: World) -> None:
    found = small.http("POST", "/rest/v1/rpc/who", headers={"authorization": "Bearer sb_something"}, content=b"{}")

    assert found.json()["role"] == "anon"


def test_the_token_decides_and_not_the_key(small: World, me: Person) -> None:
    key = small.supabase.service_role_key
    found = small.http("POST", "/rest/v1/rpc/who", key=key, token=me.token, content=b"{}")

    assert ("authenticated", me.id) == (found.json()["role"], found.json()["uid"])


@pytest.mark.parametrize("role", ["postgres", "supabase_admin", "gate_api", "no such role", "'; reset role; --"])
def test_a_role_that_requests_cannot_have(small: World, me: Person, role: str) -> None:
    token = small.supabase.mint({"sub": me.id, "role": role})
    refused = small.http("POST", "/rest/v1/rpc/who", token=token, content=b"{}")

    assert 400 <= refused.status_code < 500
    assert refused.json()["code"] in {"42501", "22023"}


def test_claims_cannot_leave_their_text(small: World, me: Person) -> None:
    token = small.supabase.mint({"sub": me.id, "role": "authenticated", "x": "'; reset role; -- \" \\ % {} \u2713"})
    found = data_of(small.client(small.supabase.anon_key, token).rpc("who"))

    assert found["claims"]["x"] == "'; reset role; -- \" \\ % {} \u2713"
