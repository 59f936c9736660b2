"""Counts the predictions that a run made at Replicate: evidence that the backend cannot fake."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate.replicate import API, Client, ReplicateError, read_prediction
from gate.smoke.exchange import Category, StepFailed

EARLIER = timedelta(
    seconds=60
)  # by which our clock may be ahead of Replicate's; every count is compared with an earlier one


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of predictions: those whose input names the job or its user, and all there are."""

    named: frozenset[str]
    every: frozenset[str]

    def since(self, before: "Found") -> frozenset[str] | None:
        """Those that came after `before`. None when several did and none can be told to be the job's."""
        named = self.named - before.named
        new = self.every - before.every
        if named:
            return named
        return new if len(new) <= 1 else None


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where predictions are counted; only Replicate's own API is `real`.

    `preflight` asks whether it answers, and has some models, before anything is spent. `predictions` finds those made since a time, and which
    of them name one of some words; `ran` says for how many seconds the model ran for one, None where nobody knows.
    """

    name: str
    real: bool
    preflight: Callable[[Sequence[str]], None]
    predictions: Callable[[datetime, Sequence[str]], Found]
    address: str = ""
    ran: Callable[[str], float | None] = lambda _prediction: None


def from_ledger(
    made: Callable[[str], Iterable[str]], shown: Callable[[str], Mapping[str, object]] | None = None
) -> Upstream:
    """The stand-in's ledger: `made` gives the ids of the predictions whose input holds a text, `shown` one as the API shows it."""

    def predictions(_since: datetime, words: Sequence[str]) -> Found:
        return Found(frozenset(one for word in words for one in made(word)), frozenset(made("")))

    def ran(prediction: str) -> float | None:
        return read_prediction(shown(prediction)).predict_time if shown else None

    return Upstream("the stand-in's ledger", False, lambda _models: None, predictions, ran=ran)  # noqa: FBT003 - named there


def from_account(token: str, base_url: str = API) -> Upstream:
    """The account behind the token, through Replicate's own list of predictions, or that of what stands in for it."""
    client = Client(token, base_url=base_url)

    def preflight(models: Sequence[str]) -> None:
        try:
            client.account()
        except ReplicateError as problem:
            remedy = "check REPLICATE_API_TOKEN" if problem.category == "authentication" else ""
            raise StepFailed(Category(problem.category), str(problem), remedy) from None
        for model in models:
            try:
                client.model(model)
            except ReplicateError as problem:
                remedy = "was it withdrawn? see `models` in [tool.gate.smoke]" if problem.status == 404 else ""
                raise StepFailed(Category(problem.category), f"{model}: {problem}", remedy) from None

    def predictions(since: datetime, words: Sequence[str]) -> Found:
        try:
            texts = {one.id: json.dumps(dict(one.input), default=str) for one in client.recent(since - EARLIER)}
        except ReplicateError as problem:
            raise StepFailed(Category(problem.category), str(problem)) from None
        named = frozenset(one for one, text in texts.items() if any(word in text for word in words))
        return Found(named, frozenset(texts))

    def ran(prediction: str) -> float | None:
        try:
            return client.get(prediction).predict_time
        except ReplicateError:  # it is told to people, and nothing is judged by it
            return None

    real = base_url == API
    name = "Replicate's list of predictions" if real else "the list of what stands in for Replicate"
    return Upstream(name, real, preflight, predictions, base_url.rstrip("/").removesuffix("/v1"), ran)
