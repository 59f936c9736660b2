"""Counts the predictions that a run made at Replicate: evidence that the backend cannot fake."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate.replicate import API, Client, ReplicateError
from gate.smoke.exchange import Category, StepFailed


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where predictions are counted; only Replicate's own API is `real`. `preflight` asks whether it answers, before anything is spent.

    `predictions` gives the ids of those made since a time: the job's alone where their inputs name it, else all.
    """

    name: str
    real: bool
    preflight: Callable[[], None]
    predictions: Callable[[datetime, str], frozenset[str]]


def from_ledger(of_job: Callable[[str], frozenset[str]]) -> Upstream:
    """The stand-in's ledger, which is asked for the predictions of a job."""
    return Upstream(
        "the stand-in's ledger", real=False, preflight=lambda: None, predictions=lambda _since, job: of_job(job)
    )


def from_account(token: str, base_url: str = API) -> Upstream:
    """The account behind the token, through Replicate's own list of predictions, or that of what stands in for it."""
    client = Client(token, base_url=base_url)

    def preflight() -> None:
        try:
            client.account()
        except ReplicateError as problem:
            remedy = "check REPLICATE_API_TOKEN" if problem.category == "authentication" else ""
            raise StepFailed(Category(problem.category), str(problem), remedy) from None

    def predictions(since: datetime, job: str) -> frozenset[str]:
        try:
            found = list(client.recent(since - timedelta(seconds=2)))
        except ReplicateError as problem:
            raise StepFailed(Category(problem.category), str(problem)) from None
        own = [one for one in found if job in json.dumps(dict(one.input), default=str)]
        return frozenset(one.id for one in own or found)

    real = base_url == API
    name = "Replicate's list of predictions" if real else "the list of what stands in for Replicate"
    return Upstream(name, real, preflight, predictions)
