"""The stand-in as a server: many at once, nothing left behind, a dead database, ports, stopping, bugs."""

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from postgrest.exceptions import APIError
from storage3.exceptions import StorageApiError
from supabase_auth.errors import AuthRetryableError

from gate.errors import Incomplete
from gate.postgres import Server
from gate.standin.supabase import SupabaseStandIn
from gate.standin.supabase.session import SEATS
from tests.standin.supabase_world import World, data_of, world

pytestmark = pytest.mark.postgres

CONNECTIONS = "select usename, count(*) from pg_stat_activity where usename in ('authenticator', 'gate_api') group by 1"


@pytest.fixture(scope="module")
def small() -> Iterator[World]:
    with Server.start() as server, world(server) as one:
        yield one


def connections(server: Server) -> dict[str, int]:
    with server.connect() as db:
        return {str(name): int(count) for name, count in db.execute(CONNECTIONS)}


def test_sixteen_at_once_do_not_mix_people_up(small: World) -> None:
    people = [small.person() for _ in range(16)]
    together = threading.Barrier(len(people))

    def work(number: int) -> tuple[object, ...]:
        me = people[number]
        together.wait(10)
        seen = []
        for turn in range(5):
            me.client.table("notes").insert({"title": f"{number}-{turn}"}).execute()
            me.client.storage.from_("private").upload(f"{me.id}/{turn}", f"{number}-{turn}".encode())
            user = me.client.auth.get_user(me.token)
            assert user is not None
            seen.append((data_of(me.client.rpc("who"))["uid"], user.user.id))
        titles = sorted(row["title"] for row in data_of(me.client.table("notes").select("title")))
        files = [me.client.storage.from_("private").download(f"{me.id}/{turn}") for turn in range(5)]
        return seen, titles, files

    with ThreadPoolExecutor(len(people)) as pool:
        found = list(pool.map(work, range(len(people))))

    assert [
        (
            [(me.id, me.id)] * 5,
            [f"{number}-{turn}" for turn in range(5)],
            [f"{number}-{turn}".encode() for turn in range(5)],
        )
        for number, me in enumerate(people)
    ] == found


def test_connections_are_few_however_many_ask(small: World) -> None:
    me = small.person()

    def ask(_number: int) -> int:
        return small.http("POST", "/rest/v1/rpc/sleep", token=me.token, content=b'{"seconds": 0.02}').status_code

    with ThreadPoolExecutor(40) as pool:
        assert {204} == set(pool.map(ask, range(120)))
    assert all(count <= SEATS[login] for login, count in connections(small.server).items())
    assert sum(SEATS.values()) < 60


def test_errors_do_not_leak_connections(small: World) -> None:
    before = connections(small.server)
    for _ in range(60):
        small.http("GET", "/rest/v1/nowhere")
        small.http("GET", "/rest/v1/things?id=eq.x")
        small.http("POST", "/auth/v1/token?grant_type=refresh_token", content=b'{"refresh_token": "x"}')
        small.http("GET", "/storage/v1/object/private/none")

    assert sum(connections(small.server).values()) <= sum(before.values()) + 2


def test_inserts_that_race_for_one_row(small: World) -> None:
    def put(number: int) -> int:
        content = b'{"id": 4711, "name": "race"}'
        return small.http("POST", "/rest/v1/things", key=small.supabase.service_role_key, content=content).status_code

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(put, range(16))) == [201] + [409] * 15


def test_uploads_that_race_for_one_name(small: World) -> None:
    me = small.person()
    bucket = me.client.storage.from_("private")

    def put(number: int) -> bool:
        try:
            bucket.upload(f"{me.id}/race", bytes([number]))
        except StorageApiError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(put, range(16)))
    assert [one for one in won if one] == [True]
    assert bytes([won.index(True)]) == bucket.download(f"{me.id}/race")


def test_connections_ended_from_elsewhere_are_replaced(small: World) -> None:
    small.anon.rpc("who").execute()
    with small.server.connect() as db:
        db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename in ('authenticator', 'gate_api')"
        )
    statuses = [
        small.http("POST", "/rest/v1/rpc/who", content=b"{}").status_code for _ in range(SEATS["authenticator"] + 2)
    ]

    assert {200} == set(statuses)


def test_stopping_leaves_nothing(small: World) -> None:
    threads = threading.active_count()
    with Server.start() as server:
        supabase = SupabaseStandIn(server)
        folder = supabase._objects._root
        key = supabase.service_role_key
        httpx.get(f"{supabase.url}/rest/v1/nowhere", headers={"apikey": key})
        httpx.get(f"{supabase.url}/auth/v1/admin/users", headers={"apikey": key, "authorization": f"Bearer {key}"})
        assert folder.exists()
        assert connections(server) == {"authenticator": 1, "gate_api": 1}
        supabase.stop()
        supabase.stop()
        time.sleep(0.1)
        assert (connections(server), folder.exists()) == ({}, False)
        with pytest.raises(httpx.ConnectError):
            httpx.get(supabase.url)
    gc.collect()
    assert threading.active_count() <= threads + 1


KILLED = """
import os, signal
from gate.postgres import Server
from gate.standin.supabase import SupabaseStandIn
with Server.start() as server, SupabaseStandIn(server) as supabase:
    print(supabase._objects._root, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_server_sweeps_up_after_a_kill() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=60)
    left = Path(done.stdout.strip())
    before = left.exists()
    Server.start().stop()

    assert (left.name, before, left.parent.exists()) == ("objects", True, False)


def test_stopping_ends_what_runs(small: World) -> None:
    with Server.start() as server:
        with world(server) as one:
            me = one.person()
            ended: list[object] = []

            def call() -> None:
                try:
                    ended.append(
                        one.http("POST", "/rest/v1/rpc/sleep", token=me.token, content=b'{"seconds": 7}').status_code
                    )
                except httpx.HTTPError as fault:
                    ended.append(type(fault).__name__)

            thread = threading.Thread(target=call)
            thread.start()
            time.sleep(0.3)
            began = time.monotonic()
            one.supabase.stop()
            thread.join(5)
        assert (len(ended), time.monotonic() - began < 4, not thread.is_alive()) == (1, True, True)


def test_a_dead_database_is_said_in_words(capfd: pytest.CaptureFixture[str]) -> None:
    with Server.start() as server, world(server) as one:
        me = one.person()
        bucket = me.client.storage.from_("private")
        bucket.upload(f"{me.id}/x", b"x")
        me.client.rpc("who").execute()
        assert server._process is not None
        server._process.kill()
        server._process.wait()
        time.sleep(0.5)
        began = time.monotonic()
        for _ in range(3):
            with pytest.raises(APIError) as rest:
                me.client.table("notes").select("*").execute()
            assert (rest.value.code, bool(rest.value.message)) == ("PGRST000", True)
            with pytest.raises(AuthRetryableError) as auth:
                me.client.auth.get_user(me.token)
            assert (auth.value.status, "database" in auth.value.message) == (503, True)
            with pytest.raises(StorageApiError) as storage:
                bucket.download(f"{me.id}/x")
            assert (str(storage.value.status), "database" in storage.value.message) == ("503", True)
        assert one.http("GET", "/rest/v1/notes").status_code == 503
        assert time.monotonic() - began < 10
    assert capfd.readouterr() == ("", "")


def test_a_bug_is_500_in_words(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_anything: object, **_more: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("gate.standin.supabase.rest.service.read", broken)
    refused = small.http("GET", "/rest/v1/things")

    assert (refused.status_code, "ZeroDivisionError" in refused.json()["message"]) == (500, True)


def test_a_port_in_use(small: World) -> None:
    port = int(small.supabase.url.rsplit(":", 1)[1])
    with pytest.raises(Incomplete, match="choose another port"):
        SupabaseStandIn(small.server, port=port)


def test_a_database_by_name(small: World) -> None:
    with small.server.connect() as db:
        db.execute("create database second")
    with small.server.connect(dbname="second") as db:
        db.execute(
            """create table public.only_here (id int); insert into public.only_here values (1);
               grant usage on schema public to service_role; grant select on public.only_here to service_role"""
        )
    with SupabaseStandIn(small.server, "second") as supabase:
        key = supabase.service_role_key
        found = httpx.get(
            f"{supabase.url}/rest/v1/only_here", headers={"apikey": key, "authorization": f"Bearer {key}"}
        )

    assert found.json() == [{"id": 1}]


def test_other_services_are_not_there(small: World) -> None:
    for path in ("/functions/v1/x", "/realtime/v1", "/", "/rest", "/rest/v2/things"):
        assert small.http("GET", path).status_code == 404


def test_deep_json_is_no_bug(small: World) -> None:
    deep = b"[" * 100_000
    for path in ("/rest/v1/things", "/rest/v1/rpc/add", "/auth/v1/signup", "/storage/v1/object/list/private"):
        assert small.http("POST", path, key=small.supabase.service_role_key, content=deep).status_code == 400
