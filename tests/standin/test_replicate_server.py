"""The stand-in as a server: what its ledger tells, where it listens, what is left when it stops."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from gate.errors import Incomplete
from gate.standin.http import Answer, LoopbackServer, json_answer
from gate.standin.replicate import ReplicateStandIn
from gate.standin.replicate.models import MODELS

CANARY = "canary-4c1f"


def order(address: str = "https://files.example/in.png") -> dict[str, object]:
    return {"version": MODELS[0].version, "input": {"img": address}}


def call(standin: ReplicateStandIn, method: str, path: str, **options: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {standin.token}"}
    return requests.request(method, f"{standin.url}{path}", headers=headers, **options)  # type: ignore[arg-type]


def test_the_ledger_tells_what_was_asked_and_made() -> None:
    with ReplicateStandIn(latency=0.01) as standin:
        standin.script(["create-accepted-then-502"])
        began = time.monotonic()
        call(standin, "POST", "/v1/predictions", json=order())
        call(standin, "POST", "/predictions", json=order())
        call(standin, "GET", "/v1/predictions?created_after=2020-01-01T00:00:00Z")
        requests.get(f"{standin.url}/v1/account")
        took = time.monotonic() - began
        ledger = requests.get(f"{standin.url}/__ledger").json()
        made = [one["id"] for one in ledger["predictions"]]

    assert [
        ("POST", "/predictions", "create", 502, "create-accepted-then-502", made[0]),
        ("POST", "/predictions", "create", 201, None, made[1]),
        ("GET", "/predictions", "list", 200, None, None),
        ("GET", "/account", "other", 401, None, None),
    ] == [
        (one["method"], one["path"], one["route"], one["status"], one.get("fault"), one.get("prediction"))
        for one in ledger["requests"]
    ]
    times = [one["at"] for one in ledger["requests"]]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= took + 1
    assert [MODELS[0].name] * 2 == [one["model"] for one in ledger["predictions"]]


def test_the_ledger_holds_no_token_and_no_query() -> None:
    """Canaries in every place where a secret may travel."""
    with ReplicateStandIn(latency=0) as standin:
        address = f"https://user:{CANARY}@files.example/a/in.png?token={CANARY}#{CANARY}"
        flux = {"version": MODELS[-1].name, "input": {"prompt": "why? because", "seed": [address, {"a": address}]}}
        call(standin, "POST", "/v1/predictions", json=order(address) | {"webhook": f"http://127.0.0.1:1/?k={CANARY}"})
        call(standin, "POST", "/v1/predictions", json=flux)
        call(standin, "GET", f"/v1/predictions?cursor={CANARY}")
        requests.get(f"{standin.url}/v1/account?token={CANARY}", headers={"Authorization": f"Bearer {CANARY}"})
        ledger = json.dumps(standin.ledger())

    assert CANARY not in ledger
    assert standin.token not in ledger
    assert "https://files.example/a/in.png" in ledger
    assert "why? because" in ledger


def test_the_predictions_of_a_job_are_counted_by_all_of_their_input() -> None:
    with ReplicateStandIn(latency=0) as standin:
        call(standin, "POST", "/v1/predictions", json=order("https://files.example/in.png?job=7"))
        call(standin, "POST", "/v1/predictions", json=order("https://files.example/in.png?job=8"))

        assert len(standin.made("job=7")) == 1
        assert len(standin.made("files.example")) == 2
        assert standin.made("job=9") == ()


def test_many_at_once_are_all_counted() -> None:
    with ReplicateStandIn(latency=0.05) as standin, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: call(standin, "POST", "/v1/predictions", json=order()), range(64)))
        ids = {answer.json()["id"] for answer in answers}

        assert len(ids) == 64
        assert ids == {one["id"] for one in standin.ledger()["predictions"]}


def test_the_model_reads_its_picture_like_the_real_one() -> None:
    """A picture that is gone, empty or moved to another host fails the prediction; nothing but loopback is asked."""
    answers = {
        "/gone": Answer(404),
        "/empty": Answer(200),
        "/moved": Answer(302, headers={"location": "http://198.51.100.7/in.png"}),
        "/text": Answer(200, b"text"),
    }
    files = LoopbackServer(lambda request: answers[request.path], name="files")
    ends = {}
    with ReplicateStandIn(latency=0.01) as standin:
        for path in answers:
            one = call(standin, "POST", "/v1/predictions", json=order(files.url + path)).json()["id"]
            ends[path] = ended(standin, one)
        for word in ("none", "ftp://h/a.png", "data:image/png;base64,!", "data:image/png;base64,iVBORw0KGgo="):
            one = call(standin, "POST", "/v1/predictions", json=order(word)).json()["id"]
            ends[word] = ended(standin, one)
    files.stop()

    assert ends == {
        "/gone": "Prediction failed: img could not be downloaded",
        "/empty": "Prediction failed: cannot identify image file img",
        "/moved": "Prediction failed: cannot identify image file img",
        "/text": "Prediction failed: cannot identify image file img",
        "none": "Prediction failed: img is not a valid URL",
        "ftp://h/a.png": "Prediction failed: img is not a valid URL",
        "data:image/png;base64,!": "Prediction failed: cannot identify image file img",
        "data:image/png;base64,iVBORw0KGgo=": None,
    }


def ended(standin: ReplicateStandIn, one: str) -> str | None:
    """The error of a prediction when it has ended."""
    for _ in range(500):
        body = call(standin, "GET", f"/v1/predictions/{one}").json()
        if "completed_at" in body:
            return None if body["error"] is None else str(body["error"])
        time.sleep(0.01)
    raise AssertionError("it does not end")


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(Incomplete) as caught:
            ReplicateStandIn(port=port)

    expected = f"the Replicate stand-in cannot listen on 127.0.0.1:{port} (Address already in use); choose another port"
    assert str(caught.value) == expected


def test_it_listens_on_loopback_only() -> None:
    with ReplicateStandIn() as standin:
        port = int(standin.url.rpartition(":")[2])
        listening = {
            line.split()[1]
            for name in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
        }

    assert listening == {f"0100007F:{port:04X}"}


def test_a_named_port_is_the_port_and_is_free_again() -> None:
    with ReplicateStandIn() as first:
        port = int(first.url.rpartition(":")[2])
    with ReplicateStandIn(port=port) as second:
        assert second.url == first.url
        assert second.token != first.token


def test_nothing_is_left_when_it_stops() -> None:
    """Requests that wait, a stuck prediction, a webhook that is tried again, an idle connection: all end at once."""
    before = set(threading.enumerate())
    deaf = LoopbackServer(lambda _request: Answer(500), name="deaf receiver")
    standin = ReplicateStandIn(latency=60)
    session = requests.Session()
    session.get(f"{standin.url}/__ledger")
    hook = {"webhook": deaf.url}
    call(standin, "POST", "/v1/predictions", json=order() | hook)
    standin.script(["prediction-stuck-starting", "prediction-aborted", "get-slow"])
    call(standin, "POST", "/v1/predictions", json=order() | hook)
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(
            lambda: requests.post(
                f"{standin.url}/v1/predictions",
                json=order(),
                headers={"Authorization": f"Bearer {standin.token}", "Prefer": "wait"},
            )
        )
        time.sleep(0.3)
        began = time.monotonic()
        standin.stop()
        standin.stop()
        took = time.monotonic() - began
        assert waiting.done() or waiting.exception(timeout=2) is not None or waiting.result() is not None
    deaf.stop()
    session.close()

    assert took < 1.5
    assert set(threading.enumerate()) - before == set()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{standin.url}/__ledger")


def test_after_the_stop_nothing_is_made() -> None:
    with ReplicateStandIn() as standin:
        pass

    assert standin.ledger()["predictions"] == []


# -- the small HTTP server behind it ------------------------------------------------------------------------------


def test_a_bug_of_the_app_looks_like_one() -> None:
    def app(_request: object) -> Answer:
        raise KeyError(CANARY)

    server = LoopbackServer(app, name="test server")
    answer = requests.get(server.url)
    server.stop()

    assert (answer.status_code, answer.json()) == (500, {"message": "the stand-in failed: KeyError"})


@pytest.mark.parametrize(
    "head", ["Transfer-Encoding: chunked", "Content-Length: x", "Content-Length: ²", "Content-Length: -1"]
)
def test_a_length_that_is_none(head: str) -> None:
    server = LoopbackServer(lambda _request: json_answer(200, {}), name="test server")
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\nHost: h\r\n{head}\r\n\r\n".encode("latin-1"))
        answer = connection.recv(100)
    server.stop()

    assert answer.startswith(b"HTTP/1.1 411 ")


def test_head_has_no_body_and_the_connection_is_kept() -> None:
    server = LoopbackServer(lambda _request: json_answer(200, {"a": 1}), name="test server")
    with requests.Session() as session:
        head = session.head(server.url)
        get = session.get(server.url)
    server.stop()

    assert (head.content, head.headers["content-length"]) == (b"", "8")
    assert get.json() == {"a": 1}
