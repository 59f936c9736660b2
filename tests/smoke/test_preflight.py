"""What is looked at before a running backend may spend anything: nothing is asked of it where the answer would be worth nothing."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gate.config import SmokeConfig
from gate.replicate import API
from gate.smoke.contract import Contract
from gate.smoke.exchange import Category, StepFailed
from gate.smoke.preflight import preflight
from gate.smoke.target import Target
from gate.smoke.upstream import from_account
from gate.standin.http import LoopbackServer
from gate.standin.replicate import ReplicateStandIn
from tests.smoke.backends import A, B, Store, token

GFPGAN = "tencentarc/gfpgan"
VERSION = "0fbacf7afc6c144e5be9767cff80f25aff23e52b0708f17e20f9879b2f21516c"
HOUR = 3600.0


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A backend that runs already, and the stand-in as its provider."""
    server = LoopbackServer(Store().answer, name="backend of a test")
    with ReplicateStandIn() as replicate:
        yield Target("running", server.url, {"A": A, "B": B}, from_account(replicate.token, replicate.url))
    server.stop()


def look(target: Target, *models: str, ahead: float = 0.0) -> list[tuple[str, str]]:
    """What may only disturb the run; our clock is so many seconds ahead."""
    notes: list[tuple[str, str]] = []
    contract = Contract(SmokeConfig(models=models))
    preflight(target, contract, HOUR, lambda what, why: notes.append((what, why)), lambda: time.time() + ahead)
    return notes


def test_what_is_as_it_should_be_is_passed_over(target: Target) -> None:
    lasting = {"A": token("user-a", exp=int(time.time() + 2 * HOUR)), "B": "opaque"}

    assert look(target, GFPGAN, f"{GFPGAN}:{VERSION}") == []
    assert look(replace(target, tokens=lasting)) == []
    assert look(target, ahead=50) == []


@pytest.mark.parametrize(
    ("actor", "left", "words"),
    [
        ("A", -300, r"TOKEN_A ended 5 minutes ago; sign in as A again"),
        ("B", 60, r"TOKEN_B ends in \d+ s, .* 60 minutes"),
    ],
    ids=["has ended", "ends meanwhile"],
)
def test_a_token_must_outlive_the_run(target: Target, actor: str, left: int, words: str) -> None:
    short = token(f"user-{actor.lower()}", exp=int(time.time() + left))
    with pytest.raises(StepFailed, match=words) as problem:
        look(replace(target, tokens={**target.tokens, actor: short}))

    assert Category.AUTHENTICATION is problem.value.category
    assert short.rpartition(".")[2] not in str(problem.value)


@pytest.mark.parametrize("exp", [True, "tomorrow", None, 1e300])
def test_an_end_that_is_none_is_passed_over(target: Target, exp: object) -> None:
    assert look(replace(target, tokens={"A": token("user-a", exp=exp), "B": B})) == []


def test_one_user_with_two_tokens_is_told_before_anything_is_asked(target: Target) -> None:
    with pytest.raises(StepFailed, match="belong to the same user"):
        look(replace(target, api="http://127.0.0.1:9", tokens={"A": A, "B": token("user-a", iat=1)}))


@pytest.mark.parametrize("model", ["nobody/nothing", f"{GFPGAN}:{'0' * 64}"], ids=["model", "version"])
def test_a_model_that_is_gone_is_named(target: Target, model: str) -> None:
    with pytest.raises(StepFailed, match=rf"{model}: Replicate answered 404.*was it withdrawn\?") as problem:
        look(target, GFPGAN, model)

    assert Category.CONFIGURATION is problem.value.category


def test_clocks_that_differ_are_told(target: Target) -> None:
    with pytest.raises(StepFailed, match="Replicate's clock is 10 minutes behind this machine's"):
        look(target, ahead=600)

    # Replicate is right and the backend is not: that may disturb, and no more.
    agreeing = replace(target, upstream=replace(target.upstream, address="http://127.0.0.1:9"))
    (what, why) = look(agreeing, ahead=-75)[0]

    assert what == "the backend's clock"
    assert "75 s ahead of this machine's" in why or "74 s" in why or "76 s" in why


def test_a_backend_that_is_away_is_the_steps_own_concern(target: Target) -> None:
    assert look(replace(target, api="http://127.0.0.1:9")) == []
    assert from_account("t").address == API
