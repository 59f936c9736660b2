"""A volley arrives as one, and whatever a server does with it is an exchange and no exception."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from gate.smoke.volley import Shot, fire
from gate.standin.http import Answer, LoopbackServer, Request, json_answer

SHOTS = [Shot("A", "token", "POST", f"/run/{number}", {"n": number}) for number in range(8)]


@contextmanager
def served(app: Callable[[Request], Answer]) -> Iterator[str]:
    server = LoopbackServer(app, name="a server of a test")
    try:
        yield server.url
    finally:
        server.stop()


def test_all_eight_are_at_work_at_the_same_time() -> None:
    together = threading.Barrier(8, timeout=5)

    def app(request: Request) -> Answer:
        together.wait()
        return json_answer(200, {"path": request.path, "body": request.json()})

    with served(app) as url:
        answers = fire(url, SHOTS, 10)

    assert [one.status for one in answers] == [200] * 8
    assert [one.body for one in answers] == [{"path": f"/run/{n}", "body": {"n": n}} for n in range(8)]


def test_no_request_is_complete_before_all_are_on_their_way() -> None:
    began: list[float] = []

    def app(_request: Request) -> Answer:
        began.append(time.monotonic())
        return json_answer(200, {})

    with served(app) as url:
        start = time.monotonic()
        fire(url, SHOTS, 10)

    assert len(began) == 8
    assert min(began) - start >= 0.03


def test_the_token_and_the_body_arrive_whole() -> None:
    seen: list[tuple[str, object]] = []

    def app(request: Request) -> Answer:
        seen.append((request.headers["authorization"], request.json()))
        return json_answer(200, {})

    with served(app) as url:
        fire(url, [Shot("A", "abc", "POST", "/run")], 10)

    assert seen == [("Bearer abc", {})]


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (Answer(500, b"oops"), 500, ""),
        (Answer(200, b"[" * 100_000), 200, ""),
        (Answer(204), 204, ""),
        (Answer(200, delivery="drop"), None, "no usable answer"),
    ],
    ids=["an error", "deep", "empty", "dropped"],
)
def test_what_a_server_answers_is_kept(answer: Answer, status: int | None, words: str) -> None:
    with served(lambda _request: answer) as url:
        (kept,) = fire(url, SHOTS[:1], 5)

    assert kept.status == status
    assert words in kept.problem


def test_a_server_that_never_answers_costs_no_more_than_the_patience() -> None:
    with served(lambda _request: Answer(200, delay=30)) as url:
        began = time.monotonic()
        (kept,) = fire(url, SHOTS[:1], 1)

    assert kept.problem == "no answer in time"
    assert time.monotonic() - began < 5


def test_nobody_listening_is_a_problem_in_words() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    answers = fire(f"http://127.0.0.1:{port}", SHOTS[:2], 5)

    assert [one.status for one in answers] == [None, None]
    assert all("cannot reach" in one.problem for one in answers)
