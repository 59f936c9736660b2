"""A client whose clock does not wait, in front of the real stand-in or of any answers."""

import random
from dataclasses import dataclass, field
from typing import Any

from gate.replicate import Attempt, Client, Clock, Prediction, Retry
from gate.standin.replicate import ReplicateStandIn

GFPGAN = "tencentarc/gfpgan:0fbacf7afc6c144e5be9767cff80f25aff23e52b0708f17e20f9879b2f21516c"
JOB = "3f0a7c1e-0000-4000-8000-000000000001"
IMAGE = "data:image/png;base64,iVBORw0KGgo="


@dataclass
class FakeTime:
    """A clock that moves only when somebody sleeps."""

    moment: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += seconds


def client_of(
    url: str, *, token: str = "token-of-a-test", seed: int = 7, time: FakeTime | None = None, **retry: Any
) -> tuple[Client, FakeTime, list[Attempt]]:
    """A client with a fake clock; its clock and what it noted."""
    time = time or FakeTime()
    notes: list[Attempt] = []
    settings = Retry(**({"timeout": (0.5, 0.5)} | retry))
    clock = Clock(lambda: time.moment, time.sleep)
    client = Client(token, base_url=url, retry=settings, clock=clock, chance=random.Random(seed), note=notes.append)
    return client, time, notes


def given(job: str = JOB) -> dict[str, object]:
    """An input whose image address names the job, as a signed URL does. Nothing on a foreign host is ever fetched."""
    return {"img": f"https://files.example/sign/uploads/a/{job}/in.png?token=signature"}


@dataclass
class Bench:
    """A stand-in, clients for it, and what they did."""

    standin: ReplicateStandIn
    time: FakeTime = field(default_factory=FakeTime)
    notes: list[Attempt] = field(default_factory=list)
    made: list[Client] = field(default_factory=list)

    def client(self, **retry: Any) -> Client:
        client, _, notes = client_of(self.standin.url, token=self.standin.token, time=self.time, **retry)
        self.notes = notes
        self.made.append(client)
        return client

    def start(self, job: str = JOB, **retry: Any) -> Prediction:
        """Create a prediction for a job."""
        return self.client(**retry)._start(GFPGAN, given(job), marker=job)

    def asked(self, route: str) -> int:
        """How many requests of a kind arrived."""
        return sum(one["route"] == route for one in self.standin.ledger()["requests"])

    def predictions(self) -> list[str]:
        return [one["id"] for one in self.standin.ledger()["predictions"]]
