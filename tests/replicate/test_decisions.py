"""The decision table: what became of a request, and whether it may be sent again."""

import contextlib
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gate.replicate import Fate, ReplicateError
from gate.standin.http import Answer, LoopbackServer, Request, json_answer
from gate.standin.replicate import Fault, ReplicateStandIn
from gate.standin.replicate.faults import Route
from tests.replicate.bench import GFPGAN, JOB, Bench, FakeTime, client_of, given

STOPS = {
    400: "configuration",
    401: "authentication",
    402: "processing",
    403: "authentication",
    404: "configuration",
    405: "configuration",
    408: "connectivity",
    409: "configuration",
    410: "configuration",
    422: "configuration",
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def a_minute_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue is full: a connect gets no answer."""
    with socket.socket() as listener, contextlib.ExitStack() as callers:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextlib.contextmanager
def serving(answer: Answer, seen: list[Request] | None = None) -> Iterator[str]:
    def app(request: Request) -> Answer:
        if seen is not None:
            seen.append(request)
        return answer

    server = LoopbackServer(app, name="test server")
    try:
        yield server.url
    finally:
        server.stop()


@pytest.mark.parametrize("route", ["get", "create"])
@pytest.mark.parametrize("status", sorted(STOPS))
def test_a_4xx_stops_at_once_with_the_servers_words(bench: Bench, status: int, route: Route) -> None:
    body = {"title": "No", "detail": "because\n  of this", "status": status}
    bench.standin.script([Fault(route, refusal=(status, body, {}))])

    with pytest.raises(ReplicateError) as caught:
        bench.client().get("x") if route == "get" else bench.start()

    assert f"Replicate answered {status}: because of this" == str(caught.value)
    assert (Fate.REJECTED, status, "No") == (caught.value.fate, caught.value.status, caught.value.title)
    assert STOPS[status] == caught.value.category
    assert bench.time.slept == []
    assert (bench.asked(route), bench.asked("list")) == (1, 0)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault("get", refusal=(429, {}, {})), id="429"),
        pytest.param("get-500", id="500"),
        pytest.param(Fault("get", refusal=(502, {}, {})), id="502"),
        pytest.param("get-503", id="503"),
        pytest.param(Fault("get", refusal=(504, {}, {})), id="504"),
        pytest.param("get-drop", id="reset"),
        pytest.param("get-cut", id="cut body"),
        pytest.param("get-slow", id="read timeout"),
        pytest.param("get-wrong-json", id="no JSON"),
    ],
)
def test_a_get_is_asked_again(bench: Bench, fault: str | Fault) -> None:
    made = bench.start()
    bench.standin.script([fault])

    found = bench.client().get(made.id)

    assert made.id == found.id
    assert bench.asked("get") == 2
    assert len(bench.time.slept) == 1


def test_a_cancel_is_asked_again(bench: Bench) -> None:
    bench.standin.script(["prediction-stuck-starting", "cancel-503"])
    made = bench.start()

    found = bench.client().cancel(made.id)

    assert found.status == "canceled"
    assert bench.asked("cancel") == 2


def test_a_list_is_asked_again(bench: Bench) -> None:
    made = bench.start()
    bench.standin.script(["list-503", "list-drop"])

    client = bench.client()
    found = list(client.recent(a_minute_ago()))

    assert [made.id] == [one.id for one in found]
    assert bench.asked("list") == 3


def test_five_attempts_and_no_more(bench: Bench) -> None:
    bench.standin.script(["get-503"] * 9)

    with pytest.raises(ReplicateError, match="503: Try again"):
        bench.client().get("x")

    assert bench.asked("get") == 5
    assert len(bench.time.slept) == 4


def test_every_attempt_is_noted(bench: Bench) -> None:
    made = bench.start()
    bench.standin.script(["get-503", "get-drop"])

    bench.client().get(made.id)

    assert [(note.number, note.status) for note in bench.notes] == [(1, 503), (2, None), (3, None)]
    assert [*bench.time.slept, 0.0] == [note.wait for note in bench.notes]
    assert [note.problem for note in bench.notes] == [
        "Replicate answered 503: Try again",
        "no answer from Replicate (ConnectionError)",
        "",
    ]
    assert {("GET", f"/v1/predictions/{made.id}")} == {(note.method, note.path) for note in bench.notes}


def test_the_last_failure_is_noted_too(bench: Bench) -> None:
    bench.standin.script(["create-402"])

    with pytest.raises(ReplicateError):
        bench.start()

    assert [(note.number, note.status, note.wait) for note in bench.notes] == [(1, 402, 0.0)]


def test_refused_means_not_sent_and_is_tried_again_without_a_look_into_the_list() -> None:
    """The server comes up while the client waits: one create, and nobody asked for the list."""
    port = free_port()
    started: list[ReplicateStandIn] = []

    class Rising(FakeTime):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.slept) == 2:
                started.append(ReplicateStandIn(port=port, latency=0.01))
                client._session.headers["Authorization"] = f"Bearer {started[0].token}"

    client, rising, notes = client_of(f"http://127.0.0.1:{port}", time=Rising())
    with client:
        client._start(GFPGAN, given(), marker=JOB)
    with started[0] as standin:
        routes = [one["route"] for one in standin.ledger()["requests"]]

    assert routes == ["create"]
    assert len(rising.slept) == 2
    assert notes[0].problem == "no answer from Replicate (ConnectionError)"


def test_refused_to_the_end() -> None:
    client, fake, _ = client_of(f"http://127.0.0.1:{free_port()}")

    with client, pytest.raises(ReplicateError) as caught:
        client._start(GFPGAN, given(), marker=None)

    assert (caught.value.fate, caught.value.category) == (Fate.NOT_SENT, "connectivity")
    assert len(fake.slept) == 4


def test_a_name_that_is_not_known_means_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client, _, _ = client_of("http://replicate.invalid")

    with client, pytest.raises(ReplicateError) as caught:
        client._http("POST", "/v1/predictions", {})

    assert Fate.NOT_SENT is caught.value.fate


def test_a_connect_timeout_means_not_sent() -> None:
    with deaf_port() as port:
        client, _, _ = client_of(f"http://127.0.0.1:{port}", timeout=(0.2, 0.2))

        with client, pytest.raises(ReplicateError) as caught:
            client._http("POST", "/v1/predictions", {})

    assert str(caught.value) == "no answer from Replicate (ConnectTimeout)"
    assert Fate.NOT_SENT is caught.value.fate


def test_a_tls_fault_is_unknown(bench: Bench) -> None:
    client, _, _ = client_of(bench.standin.url.replace("http:", "https:"))

    with client, pytest.raises(ReplicateError) as caught:
        client._http("POST", "/v1/predictions", {})

    assert str(caught.value) == "no answer from Replicate (SSLError)"
    assert Fate.UNKNOWN is caught.value.fate


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(500), id="500"),
        pytest.param(Answer(502, b"<html>bad gateway</html>"), id="502 of a proxy"),
        pytest.param(json_answer(503, {"detail": "x"}), id="503"),
        pytest.param(Answer(504), id="504"),
        pytest.param(Answer(201, b'{"id": "a", "status": "starting"}', delivery="cut"), id="cut body"),
        pytest.param(Answer(201, b'{"id": "a", '), id="broken JSON"),
        pytest.param(Answer(201, b"[" * 100_000), id="JSON without a floor"),
        pytest.param(Answer(201, delivery="drop"), id="reset"),
        pytest.param(Answer(201, b"{}", delay=1.0), id="read timeout"),
        pytest.param(Answer(201, b"\x1f\x8bnot gzip", {"content-encoding": "gzip"}), id="broken compression"),
    ],
)
def test_what_leaves_a_create_unknown(answer: Answer) -> None:
    with serving(answer) as url:
        client, _, _ = client_of(url, timeout=(0.3, 0.3))

        with client, pytest.raises(ReplicateError) as caught:
            client._http("POST", "/v1/predictions", {})

    assert Fate.UNKNOWN is caught.value.fate
    assert caught.value.retryable


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"id": "a"}', b'{"id": 1, "status": "starting"}'])
def test_a_2xx_that_is_no_prediction_is_unknown(body: bytes) -> None:
    """A create that was answered so may have made a prediction, so it must not look like a refusal."""
    with serving(Answer(201, body)) as url:
        client, _, _ = client_of(url, attempts=1)

        with client, pytest.raises(ReplicateError) as caught:
            client.cancel("x")

    assert Fate.UNKNOWN is caught.value.fate


def test_a_redirect_is_not_followed() -> None:
    seen: list[Request] = []
    with serving(json_answer(200, {"type": "user"}), seen) as elsewhere:
        moved = Answer(302, headers={"location": f"{elsewhere}/v1/account"})
        with serving(moved) as url:
            client, _, _ = client_of(url)

            with client, pytest.raises(ReplicateError, match="302: Found") as caught:
                client.account()

    assert seen == []
    assert caught.value.category == "configuration"


def test_an_attempt_may_not_last_longer_than_what_is_left() -> None:
    """The deadline is over in a second, the read timeout is 30 s: the attempt is given the second."""
    with serving(Answer(200, b"{}", delay=10)) as url:
        client, fake, _ = client_of(url, timeout=(5.0, 30.0), deadline=1.0)
        began = time.monotonic()

        with client, pytest.raises(ReplicateError, match="ReadTimeout"):
            client.account()

    assert time.monotonic() - began < 5
    assert len(fake.slept) <= 1
