"""The read timeout is for the whole answer, however slowly it trickles in, its head too."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import requests

from gate.replicate import OutputRefused, ReplicateError, fetch_image, outputs
from gate.replicate.session import new_session
from tests.replicate.bench import GFPGAN, JOB, Bench, given

SENT = b"HTTP/1.1 200 OK\r\nx: y\r\nContent-Length: 400\r\n\r\n"


@contextmanager
def trickling(text: bytes) -> Iterator[str]:
    """A server that says `text`, a byte every 50 ms, to whoever comes first."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def work() -> None:
            with suppress(OSError), server.accept()[0] as client:
                for one in text:
                    if stop.wait(0.05):
                        return
                    client.sendall(bytes([one]))

        thread = threading.Thread(target=work)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        stop.set()
        thread.join()


@pytest.mark.parametrize("text", [SENT * 10, SENT.replace(b"x: y", b"x: " + b"y" * 500)], ids=["body", "head"])
def test_no_trickle_outlasts_the_read_timeout(text: bytes) -> None:
    with trickling(text) as url, new_session() as session:
        began = time.monotonic()
        with pytest.raises((requests.ConnectionError, requests.ReadTimeout)):
            session.get(url, timeout=(1, 0.5))

    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "fault", ["create-accepted-then-drip", "create-accepted-then-hang", "create-accepted-then-wrong-shape"]
)
def test_a_create_that_is_never_answered_in_full_or_wrongly_is_found_in_the_list(bench: Bench, fault: str) -> None:
    bench.standin.script([fault])
    began = time.monotonic()

    made = bench.start()

    assert [made.id] == bench.predictions()
    assert (bench.asked("create"), bench.asked("list")) == (1, 1)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("fault", ["get-drip", "get-hang"])
def test_a_get_that_is_never_answered_in_full_is_asked_again(bench: Bench, fault: str) -> None:
    bench.standin.script([fault])

    bench.client().run(GFPGAN, given(), marker=JOB, on_start=lambda _id: None)

    problems = [note.problem for note in bench.notes if note.problem]
    assert len(problems) == 1
    assert "ReadTimeout" in problems[0]


def test_with_every_answer_dripping_it_gives_up(bench: Bench) -> None:
    made = bench.start()
    bench.standin.script(["get-drip"] * 9)

    with pytest.raises(ReplicateError, match="ReadTimeoutError"):
        bench.client(attempts=2).get(made.id)


@pytest.mark.parametrize("fault", ["output-drip", "output-hang"])
def test_an_output_that_never_arrives_is_refused(bench: Bench, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "TIMEOUT", (1.0, 0.5))
    bench.standin.script([fault])
    ended = bench.client().run(GFPGAN, given(), marker=JOB, on_start=lambda _id: None)
    began = time.monotonic()

    with pytest.raises(OutputRefused, match=r"ConnectionError|ReadTimeout"):
        fetch_image(ended.result()[0], also_from=bench.standin.url)

    assert time.monotonic() - began < 2


def test_a_kept_connection_sends_its_next_request_under_the_whole_timeout(bench: Bench) -> None:
    limits: list[float | None] = []
    with new_session() as session:
        for _ in range(2):
            with session.get(f"{bench.standin.url}/__ledger", timeout=(1, 0.5), stream=True) as answer:
                connection: Any = answer.raw.connection
                assert answer.json()["requests"] == []
            limits.append(connection.sock.gettimeout())

    assert limits == [0.5, 0.5]
