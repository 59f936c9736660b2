"""Receives webhooks on loopback and keeps them, with an answer for each."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gate.standin.http import Answer, LoopbackServer, Request
from tests.processes import wait_until


@dataclass
class Receiver:
    """What came in, in order. `answers` are given one after the other, then 200 for ever."""

    answers: list[Answer]
    url: str = ""
    got: list[Request] = field(default_factory=list)

    def app(self, request: Request) -> Answer:
        self.got.append(request)
        return self.answers.pop(0) if self.answers else Answer(200)

    def wait_for(self, number: int, seconds: float = 5.0) -> None:
        """Wait until so many have come in."""
        assert wait_until(lambda: len(self.got) >= number, seconds), f"{len(self.got)} of {number} webhooks came in"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.got]

    def statuses(self) -> list[str]:
        return [body["status"] for body in self.bodies()]


@contextmanager
def receiving(*answers: Answer) -> Iterator[Receiver]:
    receiver = Receiver(list(answers))
    server = LoopbackServer(receiver.app, name="webhook receiver")
    receiver.url = f"{server.url}/hook?job=7"
    try:
        yield receiver
    finally:
        server.stop()


def events(requests: Sequence[Request]) -> list[str]:
    """The ids of the webhooks: a resend has the id of the first."""
    return [request.headers["webhook-id"] for request in requests]
