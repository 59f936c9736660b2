"""Backends that keep the contract, or break it, in ways the demo does not: small, real, on loopback."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt

from gate.smoke.target import Target
from gate.smoke.upstream import from_ledger
from gate.standin.http import Answer, LoopbackServer, Request, json_answer

SECRET = "of these tests alone, and long enough for HS256"


def token(user: str, **claims: object) -> str:
    """An access token of a user, with these claims besides."""
    return jwt.encode({"sub": user, "role": "authenticated", **claims}, SECRET, algorithm="HS256")


A, B = token("user-a"), token("user-b")


@dataclass
class Store:
    """A sound backend in memory, which works behind the scenes: a run answers 202, and the job succeeds a little later.

    `wrap` names the keys of its answers; `instead` answers single routes in another way.
    """

    polls: int = 1
    balance: int = 5
    price: int = 1
    instead: dict[str, Callable[[Request], Answer]] = field(default_factory=dict)
    job: dict[str, Any] = field(default_factory=dict)
    predictions: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        with self.lock:
            self.seen.append(f"{request.method} {request.path}")
            user = str(jwt.decode(request.headers["authorization"].split()[1], SECRET, algorithms=["HS256"])["sub"])
            special = self.instead.get(f"{request.method} {request.path}")
            return special(request) if special else self._answer(request, user)

    def _answer(self, request: Request, user: str) -> Answer:
        mine = user == "user-a"
        match (request.method, *request.path.strip("/").split("/")):
            case ("POST", "api", "profile", "bootstrap"):
                return json_answer(200, {"user_id": user})
            case ("GET", "api", "credits"):
                return json_answer(200, {"credits": self.balance})
            case ("POST", "api", "jobs"):
                self.job = {"id": "job-1", "status": "queued"} | json.loads(request.body)
                return json_answer(201, {"job": self.job})
            case ("GET", "api", "jobs"):
                return json_answer(200, [self.job] if mine and self.job else [])
            case ("GET", "api", "jobs", _):
                self._work()
                return json_answer(200, {"job": self.job}) if mine else json_answer(404, {"detail": "no such job"})
            case ("POST", "api", "jobs", _, "run"):
                if self.job["status"] == "succeeded":
                    return json_answer(409, {"detail": "this job is over"})
                self.balance -= self.price
                self.predictions.add("p1")
                self.job |= {"status": "processing"}
                return json_answer(202, {"job": self.job})
        return json_answer(404, {"detail": "no such route"})

    def _work(self) -> None:
        self.polls -= 1
        if self.polls <= 0 and self.job.get("status") == "processing":
            self.job |= {"status": "succeeded", "output_path": "outputs/user-a/job-1.png"}


@contextmanager
def served(store: Store) -> Iterator[Target]:
    """The store on loopback, as a target without a Supabase project."""
    server = LoopbackServer(store.answer, name="backend of a test")
    try:
        upstream = from_ledger(lambda _job: frozenset(store.predictions))
        yield Target("rehearsal", server.url, {"A": A, "B": B}, upstream)
    finally:
        server.stop()
