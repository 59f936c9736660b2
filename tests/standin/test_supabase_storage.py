"""Storage with the official client: buckets, objects, listings, signed URLs, limits, and row security throughout."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest
from storage3.exceptions import StorageApiError
from storage3.types import CreateSignedUploadUrlOptions

from gate.postgres import Server
from tests.standin.supabase_world import Person, World, world

pytestmark = pytest.mark.postgres

BYTES = bytes(range(256)) * 3 + b"\r\n--boundary\r\n\r\n" + "ünïcödé".encode()


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        yield one


@pytest.fixture
def me(small: World) -> Person:
    return small.person("a")


@pytest.fixture
def other(small: World) -> Person:
    return small.person("b")


def refusal(attempt: Callable[[], object]) -> tuple[str, str]:
    """The status and the code of a refused attempt."""
    with pytest.raises(StorageApiError) as refused:
        attempt()
    return str(refused.value.status), refused.value.code


def test_bytes_come_back_as_they_went(small: World, me: Person) -> None:
    bucket = me.client.storage.from_("private")
    done = bucket.upload(f"{me.id}/deep/er/x y+z.bin", BYTES, {"content-type": "application/x-thing"})

    assert (f"{me.id}/deep/er/x y+z.bin", f"private/{me.id}/deep/er/x y+z.bin") == (done.path, done.full_path)
    assert bucket.download(f"{me.id}/deep/er/x y+z.bin") == BYTES


def test_an_empty_object(small: World, me: Person) -> None:
    bucket = me.client.storage.from_("private")
    bucket.upload(f"{me.id}/empty", b"")

    assert bucket.download(f"{me.id}/empty") == b""


def test_a_raw_body(small: World, me: Person) -> None:
    headers = {"content-type": "text/csv", "cache-control": "max-age=5"}
    path = f"/storage/v1/object/private/{me.id}/raw.csv"
    made = small.http("POST", path, token=me.token, content=BYTES, headers=headers)
    found = small.http("GET", path, token=me.token)

    assert (200, f"private/{me.id}/raw.csv") == (made.status_code, made.json()["Key"])
    assert (
        found.content,
        found.headers["content-type"],
        found.headers["cache-control"],
    ) == (BYTES, "text/csv", "max-age=5")


def test_the_row_says_whose_and_what(small: World, me: Person) -> None:
    options: Any = {"content-type": "image/png", "cache-control": "60", "metadata": {"k": "v"}}
    me.client.storage.from_("private").upload(f"{me.id}/p.png", b"12345", options)
    with small.server.connect() as db:
        row = db.execute(
            """select owner::text, owner_id, metadata ->> 'mimetype', metadata ->> 'size', metadata ->> 'cacheControl',
                      user_metadata from storage.objects where name = %s""",
            [f"{me.id}/p.png"],
        ).fetchone()

    assert (me.id, me.id, "image/png", "5", "max-age=60", {"k": "v"}) == row


def test_info_and_exists(small: World, me: Person, other: Person) -> None:
    name, bucket = f"{me.id}/i.txt", me.client.storage.from_("private")
    bucket.upload(name, b"12345", {"content-type": "text/plain"})
    info = bucket.info(name)

    assert (name, "private", 5, "text/plain") == (info["name"], info["bucket_id"], info["size"], info["content_type"])
    assert [
        bucket.exists(name),
        bucket.exists(f"{me.id}/none"),
        other.client.storage.from_("private").exists(name),
    ] == [True, False, False]


def test_the_same_name_twice(small: World, me: Person) -> None:
    name, bucket = f"{me.id}/twice", me.client.storage.from_("private")
    bucket.upload(name, b"one")

    assert refusal(lambda: bucket.upload(name, b"two")) == ("409", "Duplicate")
    assert bucket.download(name) == b"one"
    bucket.upload(name, b"three", {"upsert": "true"})
    assert bucket.download(name) == b"three"
    bucket.update(name, b"four")
    assert bucket.download(name) == b"four"


def test_row_security_between_two_people(small: World, me: Person, other: Person) -> None:
    name, mine, theirs = f"{me.id}/secret", me.client.storage.from_("private"), other.client.storage.from_("private")
    mine.upload(name, b"secret")
    nobody = small.anon.storage.from_("private")

    for bucket in (theirs, nobody):
        assert refusal(lambda b=bucket: b.download(name)) == ("404", "not_found")  # type: ignore[misc]
        assert refusal(lambda b=bucket: b.create_signed_url(name, 60)) == ("404", "not_found")  # type: ignore[misc]
        assert refusal(lambda b=bucket: b.upload(f"{me.id}/forged", b"x")) == ("403", "Unauthorized")  # type: ignore[misc]
        assert refusal(lambda b=bucket: b.upload(name, b"x", {"upsert": "true"})) == ("403", "Unauthorized")  # type: ignore[misc]
        assert refusal(lambda b=bucket: b.move(name, f"{other.id}/stolen")) == ("404", "not_found")  # type: ignore[misc]
        assert refusal(lambda b=bucket: b.copy(name, f"{other.id}/stolen")) == ("404", "not_found")  # type: ignore[misc]
        assert bucket.remove([name]) == []
        assert bucket.list(me.id) == []
    assert refusal(lambda: mine.move(name, f"{other.id}/given")) == ("403", "Unauthorized")
    assert mine.download(name) == b"secret"
    assert [entry["name"] for entry in mine.list(me.id)] == ["secret"]


def test_a_refused_upload_leaves_no_bytes(small: World, me: Person) -> None:
    folder = small.supabase._objects._root
    before = len(list(folder.iterdir()))
    refusal(lambda: small.anon.storage.from_("private").upload("x/y", b"x"))

    assert before == len(list(folder.iterdir()))


def test_uploading_needs_no_right_to_see(small: World, me: Person) -> None:
    bucket = me.client.storage.from_("drop")
    bucket.upload("letter", b"x")

    assert refusal(lambda: bucket.download("letter")) == ("404", "not_found")
    assert small.service.storage.from_("drop").download("letter") == b"x"


def test_listing(small: World, me: Person) -> None:
    bucket = me.client.storage.from_("private")
    for name in ("b.txt", "a.txt", "sub/one", "sub/two", "sub/deep/three", "c%20d"):
        bucket.upload(f"{me.id}/{name.replace('%20', ' ')}", name.encode())

    def names(path: str | None = None, **options: object) -> list[str]:
        return [entry["name"] for entry in bucket.list(path, options)]  # type: ignore[arg-type]

    assert [me.id] == names()
    assert names(me.id) == ["sub", "a.txt", "b.txt", "c d"]
    assert names(f"{me.id}/sub/") == ["deep", "one", "two"]
    assert names(me.id, sortBy={"column": "name", "order": "desc"}) == ["sub", "c d", "b.txt", "a.txt"]
    assert names(me.id, limit=2, offset=1) == ["a.txt", "b.txt"]
    assert names(me.id, search="B") == ["b.txt"]
    assert names("nobody") == []
    assert small.service.storage.from_("nowhere").list() == []
    folder, first = bucket.list(me.id)[:2]
    assert [folder[key] for key in ("id", "updated_at", "created_at", "last_accessed_at", "metadata")] == [None] * 5
    assert (bool(uuid.UUID(first["id"])), first["metadata"]["size"]) == (True, 5)


def test_remove_says_what_is_gone(small: World, me: Person) -> None:
    bucket = me.client.storage.from_("private")
    for name in ("x", "y"):
        bucket.upload(f"{me.id}/{name}", b"1")
    gone = bucket.remove([f"{me.id}/x", f"{me.id}/none"])

    assert [f"{me.id}/x"] == [row["name"] for row in gone]
    assert [entry["name"] for entry in bucket.list(me.id)] == ["y"]
    path = f"/storage/v1/object/private/{me.id}/y"
    assert [small.http("DELETE", path, token=me.token).status_code for _ in range(2)] == [200, 400]


def test_move_and_copy(small: World, me: Person) -> None:
    bucket = me.client.storage.from_("private")
    bucket.upload(f"{me.id}/from", b"bytes", {"content-type": "image/gif"})
    bucket.copy(f"{me.id}/from", f"{me.id}/copied")
    bucket.move(f"{me.id}/from", f"{me.id}/moved")

    assert [entry["name"] for entry in bucket.list(me.id)] == ["copied", "moved"]
    assert [bucket.download(f"{me.id}/{name}") for name in ("copied", "moved")] == [b"bytes", b"bytes"]
    assert bucket.info(f"{me.id}/copied")["content_type"] == "image/gif"
    assert refusal(lambda: bucket.move(f"{me.id}/moved", f"{me.id}/copied")) == ("409", "Duplicate")
    assert refusal(lambda: bucket.move(f"{me.id}/from", f"{me.id}/z")) == ("404", "not_found")
    assert refusal(lambda: bucket.move(f"{me.id}/moved", "../out")) == ("400", "InvalidKey")


def test_a_public_bucket_is_read_without_a_key(small: World, me: Person) -> None:
    name = f"{me.id}/pub.txt"
    me.client.storage.from_("open").upload(name, b"hello", {"content-type": "text/plain"})
    me.client.storage.from_("private").upload(name, b"secret")
    url = small.anon.storage.from_("open").get_public_url(name)
    download = httpx.get(small.anon.storage.from_("open").get_public_url(name, {"download": 'my "file".txt'}))

    assert (httpx.get(url).content, httpx.get(url).headers["content-type"]) == (b"hello", "text/plain")
    assert download.headers["content-disposition"] == "attachment; filename*=UTF-8''my%20%22file%22.txt"
    hidden = httpx.get(small.anon.storage.from_("private").get_public_url(name))
    assert (hidden.status_code, hidden.json()["error"]) == (400, "Bucket not found")
    assert httpx.get(url + "x").json()["error"] == "not_found"


def test_signed_urls(small: World, me: Person) -> None:
    name, bucket = f"{me.id}/s i+g.txt", me.client.storage.from_("private")
    bucket.upload(name, b"signed")
    url = bucket.create_signed_url(name, 60)["signedURL"]
    assert url is not None
    several = bucket.create_signed_urls([name, f"{me.id}/none"], 60)

    assert httpx.get(url).content == b"signed"
    assert httpx.get(str(several[0]["signedURL"])).content == b"signed"
    assert (several[1]["signedURL"], bool(several[1]["error"])) == (None, True)


def test_signed_urls_are_bound(small: World, me: Person) -> None:
    bucket = me.client.storage.from_("private")
    for name in ("one", "two"):
        bucket.upload(f"{me.id}/{name}", name.encode())
    url = str(bucket.create_signed_url(f"{me.id}/one", 60)["signedURL"])
    base, token = url.split("?token=")
    forged = jwt.encode({"url": f"private/{me.id}/one", "use": "download", "exp": time.time() + 9}, "x" * 64, "HS256")
    expired = small.supabase._keys.sign({"url": f"private/{me.id}/one", "use": "download"}, -1)

    def answer(url: str) -> str:
        found = httpx.get(url)
        assert found.status_code == 400
        return str(found.json()["error"])

    assert answer(f"{base[:-3]}two?token={token}") == "InvalidSignature"
    assert answer(f"{base}?token={me.token}") == "InvalidSignature"
    assert answer(f"{base}?token={forged}") == "InvalidJWT"
    assert answer(f"{base}?token={expired}") == "InvalidJWT"
    assert answer(base) == "InvalidJWT"
    assert small.http("GET", "/rest/v1/notes", key="", token=token).status_code == 401
    for seconds in ("0", "-1", "soon", str(1 << 40)):
        path = f"/storage/v1/object/sign/private/{me.id}/one"
        sent = json.dumps({"expiresIn": seconds}).encode()
        assert small.http("POST", path, token=me.token, content=sent).status_code == 400


def test_signed_upload(small: World, me: Person, other: Person) -> None:
    name, bucket = f"{me.id}/later.txt", me.client.storage.from_("private")
    signed = bucket.create_signed_upload_url(name)
    assert bucket.list(me.id) == []
    small.anon.storage.from_("private").upload_to_signed_url(name, signed["token"], b"later")

    assert bucket.download(name) == b"later"
    with small.server.connect() as db:
        assert (me.id,) == db.execute("select owner_id from storage.objects where name = %s", [name]).fetchone()
    nobody = small.anon.storage.from_("private")
    assert refusal(lambda: nobody.upload_to_signed_url(name, signed["token"], b"x")) == ("409", "Duplicate")
    assert refusal(lambda: nobody.upload_to_signed_url(f"{me.id}/else", signed["token"], b"x")) == (
        "400",
        "InvalidSignature",
    )
    download = f"{small.supabase.url}/storage/v1/object/sign/private/{name}?token={signed['token']}"
    assert httpx.get(download).json()["error"] == "InvalidSignature"
    assert refusal(lambda: other.client.storage.from_("private").create_signed_upload_url(f"{me.id}/x")) == (
        "403",
        "Unauthorized",
    )
    again = bucket.create_signed_upload_url(name, CreateSignedUploadUrlOptions(upsert="true"))
    nobody.upload_to_signed_url(name, again["token"], b"newer")
    assert bucket.download(name) == b"newer"


@pytest.mark.parametrize(
    ("size", "mime", "expected"),
    [
        (1000, "image/png", None),
        (1000, "IMAGE/PNG; x=y", None),
        (1001, "image/png", ("413", "Payload too large")),
        (10, "text/html", ("415", "invalid_mime_type")),
        (10, "imagery/png", ("415", "invalid_mime_type")),
        (10, "nonsense", ("415", "invalid_mime_type")),
    ],
)
def test_limits_of_a_bucket(small: World, me: Person, size: int, mime: str, expected: tuple[str, str] | None) -> None:
    bucket = me.client.storage.from_("pictures")
    name = f"{me.id}/{uuid.uuid4()}"
    if expected is None:
        bucket.upload(name, b"x" * size, {"content-type": mime})
        assert size == len(bucket.download(name))
    else:
        assert expected == refusal(lambda: bucket.upload(name, b"x" * size, {"content-type": mime}))
        assert not bucket.exists(name)


def test_no_bucket(small: World, me: Person) -> None:
    assert refusal(lambda: me.client.storage.from_("nowhere").upload("x", b"x")) == ("404", "Bucket not found")


def test_buckets_of_the_service_role(small: World) -> None:
    storage = small.service.storage
    storage.create_bucket("made", options={"public": True, "file_size_limit": 10, "allowed_mime_types": ["text/*"]})
    made = storage.get_bucket("made")

    assert (made.id, made.public, made.file_size_limit, made.allowed_mime_types) == ("made", True, 10, ["text/*"])
    assert {"made", "private", "open"} <= {bucket.id for bucket in storage.list_buckets()}
    assert refusal(lambda: storage.create_bucket("made")) == ("409", "Duplicate")
    storage.update_bucket("made", {"public": False, "file_size_limit": 20})
    assert (storage.get_bucket("made").public, storage.get_bucket("made").file_size_limit) == (False, 20)
    storage.from_("made").upload("a/b", b"x", {"content-type": "text/plain"})
    assert refusal(lambda: storage.delete_bucket("made"))[0] == "409"
    storage.empty_bucket("made")
    storage.delete_bucket("made")
    assert refusal(lambda: storage.get_bucket("made")) == ("404", "Bucket not found")


@pytest.mark.parametrize("name", ["a/b", "", " x", "x" * 101, "ü", "a\\b", "a%b"])
def test_names_that_no_bucket_has(small: World, name: str) -> None:
    sent = json.dumps({"id": name, "name": name}).encode()
    refused = small.http("POST", "/storage/v1/bucket", key=small.supabase.service_role_key, content=sent)

    assert (refused.status_code, refused.json()["error"]) == (400, "InvalidBucketName")


def test_buckets_are_not_for_everybody(small: World, me: Person) -> None:
    for client in (me.client, small.anon):
        assert refusal(lambda c=client: c.storage.create_bucket("mine")) == ("403", "Unauthorized")  # type: ignore[misc]
        assert client.storage.list_buckets() == []
        assert refusal(lambda c=client: c.storage.get_bucket("private")) == ("404", "Bucket not found")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("operation", "attempt"),
    [
        ("storage.object.get_authenticated", lambda c, n: c.storage.from_("told").download(n)),
        ("storage.object.list", lambda c, n: c.storage.from_("told").list()),
        ("storage.object.sign", lambda c, n: c.storage.from_("told").create_signed_url(n, 9)),
        ("storage.object.sign_many", lambda c, n: c.storage.from_("told").create_signed_urls([n], 9)),
        ("storage.object.info_authenticated", lambda c, n: c.storage.from_("told").info(n)),
    ],
)
def test_policies_see_the_operation(small: World, me: Person, operation: str, attempt: Callable[..., object]) -> None:
    """And their functions find what stands in public without naming it."""
    with small.server.connect() as db:
        db.execute(
            """create table if not exists public.heard (operation text);
               grant insert on public.heard to authenticated;
               create or replace function public.hear() returns boolean language plpgsql security definer as
                 $$ begin insert into heard values (storage.operation()); return true; end $$;
               insert into storage.buckets (id, name) values ('told', 'told') on conflict do nothing;
               drop policy if exists told on storage.objects;
               create policy told on storage.objects for select to authenticated using (bucket_id = 'told' and public.hear());
               truncate public.heard"""
        )
    small.service.storage.from_("told").upload("x", b"x", {"upsert": "true"})
    attempt(me.client, "x")

    with small.server.connect() as db:
        assert [(operation,)] == db.execute("select distinct operation from public.heard").fetchall()


def test_a_row_without_bytes(small: World, me: Person) -> None:
    with small.server.connect() as db:
        db.execute("insert into storage.objects (bucket_id, name) values ('private', %s)", [f"{me.id}/seeded"])
    bucket = me.client.storage.from_("private")

    assert [entry["name"] for entry in bucket.list(me.id)] == ["seeded"]
    assert refusal(lambda: bucket.download(f"{me.id}/seeded")) == ("404", "not_found")


def test_what_is_not_built(small: World) -> None:
    for method, path in (
        ("GET", "/storage/v1/render/image/authenticated/private/x"),
        ("POST", "/storage/v1/object/list-v2/private"),
        ("POST", "/storage/v1/upload/resumable"),
    ):
        refused = small.http(method, path, key=small.supabase.service_role_key, content=b"{}")
        assert (refused.status_code, refused.json()["statusCode"]) == (501, "501")


def test_two_files_in_one_form(small: World, me: Person) -> None:
    files = [("a", ("a.txt", b"1")), ("b", ("b.txt", b"2"))]
    headers = {"apikey": small.supabase.anon_key, "authorization": f"Bearer {me.token}"}
    url = f"{small.supabase.url}/storage/v1/object/private/{me.id}/two"
    refused = httpx.post(url, files=files, headers=headers)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
