"""The stand-ins for extensions give the values of the originals where they promise to."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from gate.postgres import Connection, Server

pytestmark = pytest.mark.postgres
TEXTS = ("", "a", "x" * 55, "x" * 56, "x" * 64, "grüße" * 40)
HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
SPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
LONG_ENOUGH = "k" * 64  # PyJWT warns of shorter ones
USER = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[Connection]:
    with server.connect() as connection:
        connection.execute("create extension pgjwt with schema extensions")
        yield connection


def value(connection: Connection, sql: str, *arguments: object) -> Any:
    row = connection.execute(sql.encode(), arguments).fetchone()
    assert row
    return row[0]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", HASHES)
def test_digest_and_hmac_agree_with_python(connection: Connection, kind: str, text: str) -> None:
    data = text.encode()
    expected = [hashlib.new(kind, data).digest(), *(hmac.digest(key, data, kind) for key in (b"k", b"k" * 200))]
    actual = [
        value(connection, "select extensions.digest(%s::text, %s)", text, kind),
        value(connection, "select extensions.hmac(%s::text, %s::text, %s)", text, "k", kind),
        value(connection, "select extensions.hmac(%s::bytea, %s::bytea, %s)", data, b"k" * 200, kind),
    ]

    assert expected == actual


@pytest.mark.parametrize("text", TEXTS)
def test_named_uuids_agree_with_python(connection: Connection, text: str) -> None:
    expected = [uuid.uuid3(SPACE, text), uuid.uuid5(SPACE, text)]
    actual = [value(connection, f"select extensions.uuid_generate_v{n}(%s, %s)", SPACE, text) for n in (3, 5)]

    assert expected == actual


def test_made_up_uuids_have_their_version_and_differ(connection: Connection) -> None:
    for version in (1, 4):
        made = [value(connection, f"select extensions.uuid_generate_v{version}()") for _ in range(2)]

        assert {version} == {one.version for one in made}
        assert made[0] != made[1]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_tokens_pass_between_pgjwt_and_pyjwt(connection: Connection, algorithm: str) -> None:
    claims = {"sub": USER, "role": "authenticated", "name": "Zoë"}
    signed = value(connection, "select extensions.sign(%s::json, %s, %s)", json.dumps(claims), LONG_ENOUGH, algorithm)
    token = jwt.encode(claims, LONG_ENOUGH, algorithm)
    verify = "select row(payload::jsonb, valid)::text from extensions.verify(%s, %s, %s)"

    assert claims == jwt.decode(signed, LONG_ENOUGH, [algorithm])
    assert value(connection, verify, token, LONG_ENOUGH, algorithm).endswith(",t)")
    assert value(connection, verify, token, "z" * 64, algorithm).endswith(",f)")


def test_an_expired_token_is_not_valid(connection: Connection) -> None:
    token = jwt.encode({"exp": 1}, LONG_ENOUGH, "HS256")

    assert value(connection, "select valid from extensions.verify(%s, %s)", token, LONG_ENOUGH) is False


def test_a_password_matches_its_own_hash_only(connection: Connection) -> None:
    stored = value(connection, "select extensions.crypt('p', extensions.gen_salt('bf', 8))")

    assert stored == value(connection, "select extensions.crypt('p', %s)", stored)
    assert stored != value(connection, "select extensions.crypt('q', %s)", stored)


def test_what_is_encrypted_comes_back(connection: Connection) -> None:
    assert (
        value(connection, "select extensions.pgp_sym_decrypt(extensions.pgp_sym_encrypt('text', 'key'), 'key')")
        == "text"
    )
    assert value(connection, "select length(extensions.gen_random_bytes(33))") == 33


@pytest.mark.parametrize(
    ("single", "whole", "expected"),
    [
        ("", "", None),
        ("", json.dumps({"sub": USER}), uuid.UUID(USER)),
        (USER.replace("1", "2"), json.dumps({"sub": USER}), uuid.UUID(USER.replace("1", "2"))),
    ],
    ids=["nobody", "claims", "the single claim wins"],
)
def test_auth_uid_reads_both_kinds_of_claims(
    connection: Connection, single: str, whole: str, expected: uuid.UUID | None
) -> None:
    connection.execute(
        "select set_config('request.jwt.claim.sub', %s, false), set_config('request.jwt.claims', %s, false)",
        [single, whole],
    )

    assert expected == value(connection, "select auth.uid()")


@pytest.mark.parametrize(
    ("path", "folder", "file", "ending"),
    [
        ("a/b/c.tar.gz", ["a", "b"], "c.tar.gz", "gz"),
        ("c", [], "c", "c"),
        ("a/", ["a"], "", ""),
        ("", None, None, None),
    ],
)
def test_storage_functions_take_a_path_apart(
    connection: Connection, path: str, folder: list[str] | None, file: str | None, ending: str | None
) -> None:
    names = ("foldername", "filename", "extension")

    assert [folder, file, ending] == [value(connection, f"select storage.{name}(%s)", path) for name in names]
