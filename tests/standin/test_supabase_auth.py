"""Auth with the official client: signing up and in, sessions, users of the service role, and what the tables hold."""

import time
import uuid
from collections.abc import Iterator

import jwt
import pytest
from supabase import Client
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from gate.postgres import Server
from tests.standin.supabase_world import World, data_of, world

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        yield one


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4().hex[:10]}@example.com"


def sign_up(client: Client, email: str, **data: object) -> str:
    """A new user's id."""
    user = client.auth.sign_up({"email": email, "password": "correct horse", "options": {"data": data}}).user
    assert user is not None
    return user.id


def one(small: World, query: str, *values: object) -> tuple[object, ...]:
    with small.server.connect() as db:
        row = db.execute(query.encode(), values).fetchone()
    assert row is not None
    return row


def test_sign_up_writes_what_triggers_expect(small: World, email: str) -> None:
    user = sign_up(small.anon, email.upper(), nick="Nicky")

    assert (uuid.UUID(user), email, "Nicky") == one(small, "select * from public.profiles where id = %s", user)
    assert ("authenticated", "authenticated", email, False, True) == one(
        small,
        """select aud, role, email, is_anonymous, email_confirmed_at is not null and last_sign_in_at is not null
           from auth.users where id = %s""",
        user,
    )
    assert ("email", user, email, "Nicky") == one(
        small,
        "select provider, provider_id, email, identity_data ->> 'nick' from auth.identities where user_id = %s",
        user,
    )
    assert one(
        small,
        """select jsonb_typeof(raw_app_meta_data), jsonb_typeof(raw_user_meta_data), raw_app_meta_data ->> 'provider'
           from auth.users where id = %s""",
        user,
    ) == ("object", "object", "email")
    assert one(
        small,
        """select count(distinct s.id), count(t.token), bool_or(t.revoked) from auth.sessions as s
           join auth.refresh_tokens as t on t.session_id = s.id where s.user_id = %s""",
        user,
    ) == (1, 1, False)


def test_the_password_is_not_stored(small: World, email: str) -> None:
    first, second = sign_up(small.anon, email), sign_up(small.anon, "x" + email)
    with small.server.connect() as db:
        stored = db.execute(
            "select encrypted_password from auth.users where id = any (%s)", [[uuid.UUID(first), uuid.UUID(second)]]
        ).fetchall()

    assert (
        all(text.startswith("scrypt$") for (text,) in stored),
        len(set(stored)),
        any("correct horse" in text for (text,) in stored),
    ) == (True, 2, False)


def test_the_session_s_token(small: World, email: str) -> None:
    client = small.anon
    user = sign_up(client, email, nick="N")
    session = client.auth.get_session()
    assert session is not None
    read = jwt.decode(session.access_token, small.supabase.jwt_secret, algorithms=["HS256"], audience="authenticated")

    assert (user, "authenticated", email, "aal1", False, "password") == (
        read["sub"], read["role"], read["email"], read["aal"], read["is_anonymous"], read["amr"][0]["method"],
    )  # fmt: skip
    assert (read["app_metadata"], read["user_metadata"]["nick"]) == ({"provider": "email", "providers": ["email"]}, "N")
    assert (f"{small.supabase.url}/auth/v1", True) == (read["iss"], bool(uuid.UUID(read["session_id"])))
    assert abs(read["exp"] - time.time() - 3600) < 60


def test_rest_knows_who_signed_in(small: World, email: str) -> None:
    client = small.anon
    user = sign_up(client, email)

    assert user == data_of(client.rpc("who"))["uid"]
    client.table("notes").insert({"title": "mine"}).execute()
    client.auth.sign_out()
    assert data_of(client.rpc("who"))["uid"] is None


def test_sign_in(small: World, email: str) -> None:
    user = sign_up(small.anon, email)
    client = small.anon
    session = client.auth.sign_in_with_password({"email": email.upper(), "password": "correct horse"})

    assert session.user is not None
    assert user == session.user.id
    assert user == client.auth.get_user().user.id  # type: ignore[union-attr]


def test_anonymous(small: World) -> None:
    client = small.anon
    user = client.auth.sign_in_anonymously().user
    assert user is not None
    found = data_of(client.rpc("who"))

    assert (True, "authenticated", user.id, True) == (
        user.is_anonymous,
        found["role"],
        found["uid"],
        found["claims"]["is_anonymous"],
    )


@pytest.mark.parametrize(
    ("email", "password", "status", "code"),
    [
        ("nobody@example.com", "correct horse", 400, "invalid_credentials"),
        ("KNOWN", "wrong horse", 400, "invalid_credentials"),
        ("KNOWN", "correct horse" + "x" * 100, 400, "invalid_credentials"),
    ],
)
def test_no_sign_in(small: World, email: str, password: str, status: int, code: str) -> None:
    known = f"{uuid.uuid4().hex}@example.com"
    sign_up(small.anon, known)
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.sign_in_with_password({"email": email.replace("KNOWN", known), "password": password})

    assert (status, code) == (refused.value.status, refused.value.code)


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("no-mail", "correct horse", "validation_failed"),
        ("a@b@c", "correct horse", "validation_failed"),
        ("a@example.com", "x" * 73, "validation_failed"),
        ("refused@example.com", "correct horse", "unexpected_failure"),
    ],
)
def test_no_sign_up(small: World, email: str, password: str, code: str) -> None:
    before = one(small, "select count(*) from auth.users")
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.sign_up({"email": email, "password": password})

    assert (code, before) == (refused.value.code, one(small, "select count(*) from auth.users"))
    if code == "unexpected_failure":
        assert (refused.value.status, refused.value.message) == (500, "Database error saving new user")


def test_weak_password(small: World, email: str) -> None:
    with pytest.raises(AuthWeakPasswordError) as refused:
        small.anon.auth.sign_up({"email": email, "password": "short"})

    assert refused.value.reasons == ["length"]


def test_an_address_is_taken_once(small: World, email: str) -> None:
    sign_up(small.anon, email)
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.sign_up({"email": email.title(), "password": "correct horse"})

    assert (refused.value.status, refused.value.code) == (422, "user_already_exists")


def test_refresh_gives_a_new_pair(small: World, email: str) -> None:
    client = small.anon
    sign_up(client, email)
    before = client.auth.get_session()
    assert before is not None
    after = client.auth.refresh_session().session

    assert after is not None
    assert before.refresh_token != after.refresh_token
    assert small.anon.auth.get_user(after.access_token) is not None


def test_a_used_refresh_token_works_for_a_moment_only(small: World, email: str) -> None:
    client = small.anon
    sign_up(client, email)
    old = client.auth.get_session()
    assert old is not None
    new = client.auth.refresh_session().session
    assert new is not None
    again = small.anon.auth.refresh_session(old.refresh_token).session
    assert again is not None
    assert new.refresh_token == again.refresh_token
    with small.server.connect() as db:
        db.execute("update auth.refresh_tokens set updated_at = now() - interval '1 minute'")
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.refresh_session(old.refresh_token)
    assert (refused.value.status, refused.value.code) == (400, "refresh_token_already_used")
    with pytest.raises(AuthApiError):  # somebody had a stolen token, so the whole family ends
        small.anon.auth.refresh_session(new.refresh_token)


def test_unknown_refresh_token(small: World) -> None:
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.refresh_session("nothing")

    assert (refused.value.status, refused.value.code) == (400, "refresh_token_not_found")


def test_signing_out_ends_the_session(small: World, email: str) -> None:
    client = small.anon
    sign_up(client, email)
    session = client.auth.get_session()
    assert session is not None
    client.auth.sign_out()
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.get_user(session.access_token)
    with pytest.raises(AuthApiError) as no_refresh:
        small.anon.auth.refresh_session(session.refresh_token)

    assert (refused.value.status, refused.value.code) == (403, "session_not_found")
    assert str(no_refresh.value.code) == "refresh_token_not_found"


def test_signing_out_of_the_others(small: World, email: str) -> None:
    first, second = small.anon, small.anon
    sign_up(first, email)
    second.auth.sign_in_with_password({"email": email, "password": "correct horse"})
    other = first.auth.get_session()
    assert other is not None
    second.auth.sign_out({"scope": "others"})
    with pytest.raises(AuthApiError):
        small.anon.auth.get_user(other.access_token)

    mine = second.auth.get_session()
    assert mine is not None
    assert small.anon.auth.get_user(mine.access_token) is not None


def test_user_of_a_minted_token(small: World) -> None:
    me = small.person()
    found = small.anon.auth.get_user(me.token)

    assert found is not None
    assert (me.id, me.email, {}, {}) == (
        found.user.id,
        found.user.email,
        found.user.app_metadata,
        found.user.user_metadata,
    )


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sub": str(uuid.uuid4()), "role": "authenticated"}, "user_not_found"),
        ({"sub": "me", "role": "authenticated"}, "bad_jwt"),
        ({"role": "authenticated"}, "bad_jwt"),
    ],
)
def test_no_user(small: World, claims: dict[str, str], code: str) -> None:
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.get_user(small.supabase.mint(claims))

    assert (403, code) == (refused.value.status, refused.value.code)


def test_the_anon_key_is_nobody(small: World) -> None:
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.get_user(small.supabase.anon_key)

    assert refused.value.code == "bad_jwt"


def test_changing_oneself(small: World, email: str) -> None:
    client = small.anon
    user = sign_up(client, email, nick="old")
    client.auth.update_user({"data": {"nick": "new"}, "password": "another horse"})

    assert one(small, "select raw_user_meta_data ->> 'nick' from auth.users where id = %s", user) == ("new",)
    small.anon.auth.sign_in_with_password({"email": email, "password": "another horse"})
    with pytest.raises(AuthApiError):
        small.anon.auth.sign_in_with_password({"email": email, "password": "correct horse"})


def test_nobody_makes_themselves_powerful(small: World, email: str) -> None:
    client = small.anon
    user = sign_up(client, email, role="service_role")
    session = client.auth.get_session()
    assert session is not None
    sent = b'{"role": "service_role", "app_metadata": {"admin": true}, "email_confirm": true, "data": {}}'
    changed = small.http("PUT", "/auth/v1/user", token=session.access_token, content=sent)

    assert changed.status_code == 200
    assert one(small, "select role, raw_app_meta_data ->> 'admin' from auth.users where id = %s", user) == (
        "authenticated",
        None,
    )
    assert data_of(client.rpc("who"))["role"] == "authenticated"


def test_users_of_the_service_role(small: World, email: str) -> None:
    admin = small.service.auth.admin
    made = admin.create_user(
        {"email": email, "password": "correct horse", "email_confirm": True, "app_metadata": {"plan": "pro"},
         "user_metadata": {"nick": "N"}}
    ).user  # fmt: skip

    assert ("pro", "N", email) == (made.app_metadata["plan"], made.user_metadata["nick"], made.email)
    assert (uuid.UUID(made.id), email, "N") == one(small, "select * from public.profiles where id = %s", made.id)
    assert made.id == admin.get_user_by_id(made.id).user.id
    assert made.id in [user.id for user in admin.list_users()]
    assert made.id == small.anon.auth.sign_in_with_password({"email": email, "password": "correct horse"}).user.id  # type: ignore[union-attr]
    assert admin.update_user_by_id(made.id, {"app_metadata": {"plan": "team"}}).user.app_metadata["plan"] == "team"
    admin.delete_user(made.id)
    with pytest.raises(AuthApiError) as refused:
        admin.get_user_by_id(made.id)
    assert (refused.value.status, refused.value.code) == (404, "user_not_found")
    assert one(small, "select count(*) from public.profiles where id = %s", made.id) == (0,)


def test_users_come_in_pages(small: World) -> None:
    admin = small.service.auth.admin
    for _ in range(3):
        admin.create_user({"email": f"{uuid.uuid4().hex}@example.com"})
    first, second = admin.list_users(page=1, per_page=2), admin.list_users(page=2, per_page=1)

    assert (len(first), len(second)) == (2, 1)
    assert first[1].id == second[0].id


def test_unconfirmed_users_do_not_sign_in(small: World, email: str) -> None:
    small.service.auth.admin.create_user({"email": email, "password": "correct horse"})
    with pytest.raises(AuthApiError) as refused:
        small.anon.auth.sign_in_with_password({"email": email, "password": "correct horse"})

    assert refused.value.code == "email_not_confirmed"


def test_a_user_who_is_still_needed(small: World, email: str) -> None:
    made = small.service.auth.admin.create_user({"email": email}).user
    with small.server.connect() as db:
        db.execute("insert into public.kept values (%s)", [made.id])
    with pytest.raises(AuthApiError) as refused:
        small.service.auth.admin.delete_user(made.id)

    assert (refused.value.status, refused.value.message) == (500, "Database error deleting user")


@pytest.mark.parametrize("who", ["anon", "somebody"])
def test_administration_is_for_the_service_role(small: World, who: str) -> None:
    client = small.anon if who == "anon" else small.person().client
    for attempt in (
        client.auth.admin.list_users,
        lambda: client.auth.admin.create_user({"email": "x@example.com"}),
        lambda: client.auth.admin.delete_user(str(uuid.uuid4())),
    ):
        with pytest.raises(AuthApiError) as refused:
            attempt()
        assert (refused.value.status, refused.value.code) == (403, "not_admin")


def test_health_and_what_is_not_built(small: World) -> None:
    assert small.http("GET", "/auth/v1/health").status_code == 200
    for method, path in (
        ("POST", "/auth/v1/otp"),
        ("POST", "/auth/v1/token?grant_type=id_token"),
        ("GET", "/auth/v1/authorize"),
    ):
        refused = small.http(method, path, content=b"{}")
        assert (refused.status_code, refused.json()["error_code"]) == (501, "not_implemented")
