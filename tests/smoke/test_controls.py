"""A probe whose control fails cannot tell: against backends on which nothing works, none passes."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gate.config import SmokeConfig
from gate.rule import load_rules
from gate.smoke.caller import Caller
from gate.smoke.contract import Contract
from gate.smoke.lab import Lab
from gate.smoke.probes import CHAINS
from gate.smoke.probes.retries import RETRIES
from gate.smoke.probing import Probed, put
from gate.smoke.schema import Schema
from gate.smoke.target import Somebody, Stage, Target
from gate.smoke.upstream import from_ledger
from gate.standin.http import Answer, LoopbackServer, Request, json_answer
from gate.standin.replicate import ReplicateStandIn
from tests.smoke.backends import A, B, token

SAID = SmokeConfig(gives_up=1.0)


def probed(app: Callable[[Request], Answer]) -> list[Probed]:
    """What every probe makes of a backend."""
    server = LoopbackServer(app, name="backend of a test")
    ends = time.monotonic() + 30
    users = iter(range(1000))

    def newcomer() -> Somebody:
        name = f"user-{next(users)}"
        return Somebody(name, token(name))

    try:
        with ReplicateStandIn() as replicate:
            stage = Stage(newcomer, lambda _claims, _lifetime: token("late"), Schema({}, {}, {}), replicate)
            target = Target("rehearsal", server.url, {"A": A, "B": B}, from_ledger(replicate.made), stage=stage)
            caller = Caller(server.url, target.tokens, lambda: 5.0)
            a, b = Somebody("user-a", A), Somebody("user-b", B)
            now = datetime.now(UTC)
            lab = Lab(Contract(SAID), target, stage, caller, a, b, lambda: ends - time.monotonic(), now)
            return list(put((*CHAINS, *RETRIES), lab, lambda _text: None))
    finally:
        server.stop()


def of_one_mind(request: Request) -> Answer:
    """Answers as the contract wants it, and does nothing: no job is ever made, and no balance is told."""
    match (request.method, *request.path.strip("/").split("/")):
        case ("GET", "api", "jobs"):
            return json_answer(200, []) if "authorization" in request.headers else json_answer(401, {})
        case (_, "api", "jobs", *_):
            return json_answer(404, {})
    return json_answer(200, {})


@pytest.mark.parametrize(
    "app",
    [
        lambda _request: json_answer(500, {}),
        lambda _request: json_answer(429, {}),
        lambda _request: json_answer(404, {}),
        lambda _request: Answer(delivery="drop"),
        of_one_mind,
    ],
    ids=["crashes", "throttles", "knows no route", "hangs up", "does nothing"],
)
def test_no_probe_passes_where_nothing_works(app: Callable[[Request], Answer]) -> None:
    rules = load_rules("gate.smoke.rules")
    passed = [
        one.row["probe"]
        for one in probed(app)
        if one.row["status"] == "ok" and not any(list(rule.judge(step)) for step in one.steps for rule in rules)
    ]

    assert passed == []


def test_every_probe_says_what_it_asks_and_what_it_costs() -> None:
    every = [probe for chain in (*CHAINS, *RETRIES) for probe in chain]

    assert len({probe.name for probe in every}) == len(every)
    for probe in every:
        assert probe.question.endswith("?")
        assert min(probe.cost(SAID)) >= 0
        assert probe.anywhere <= (probe.cost(SAID) == (0, 0)), "a running backend is asked for nothing that costs"
