"""What a run may spend: refused before anything is asked, and stopped when it was spent all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gate.smoke.budget import Budget
from gate.smoke.probes.probe import Cost
from gate.standin.http import LoopbackServer
from gate.standin.replicate import ReplicateStandIn
from tests.processes import gate
from tests.smoke.backends import A, B, Store


@contextmanager
def running(store: Store, replicate: ReplicateStandIn) -> Iterator[dict[str, str]]:
    """The store as a backend that runs already, and an operator's variables for it."""
    server = LoopbackServer(store.answer, name="backend of a test")
    try:
        yield {
            "MODEL_PROVIDER": "replicate",
            "REPLICATE_API_TOKEN": replicate.token,
            "REPLICATE_API_BASE_URL": replicate.url,
            "TOKEN_A": A,
            "TOKEN_B": B,
            "API": server.url,
        }
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run-all", "--max-credits", "0"), "the steps need 1 credit, and --max-credits allows 0"),
        (("run-all", "--max-predictions", "0"), "the steps need 1 prediction, and --max-predictions allows 0"),
        (("isolation", "--max-credits", "0"), "the steps need 1 credit, and --max-credits allows 0"),
    ],
    ids=["credits", "predictions", "a step"],
)
def test_a_plan_above_a_ceiling_is_refused_before_anything_is_asked(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    store = Store()
    with ReplicateStandIn() as replicate, running(store, replicate) as env:
        done = gate("smoke", *words, cwd=tmp_path, env=env)
        asked = replicate.ledger()["requests"]

    assert (done.code, done.out, store.seen, asked) == (2, "", [], [])
    assert done.err == f"gate: {told}\n"


@pytest.mark.parametrize(
    ("price", "words", "stopped"),
    [(1, (), False), (3, (), True), (3, ("--max-credits", "3"), False), (3, ("--max-credits", "2"), True)],
    ids=["sound", "dear", "dear and allowed", "dear and not allowed"],
)
def test_a_run_that_has_spent_more_than_it_may_stops(
    tmp_path: Path, price: int, words: tuple[str, ...], *, stopped: bool
) -> None:
    store = Store(price=price)
    with ReplicateStandIn() as replicate, running(store, replicate) as env:
        done = gate("smoke", "rerun", *words, cwd=tmp_path, env=env)
    runs = [one for one in store.seen if one == "POST /api/jobs/job-1/run"]

    assert (3 if stopped else 1) == done.code  # a store predicts nothing, which is a finding of its own
    assert stopped == ("stopped after run: 3 credits spent, and --max-credits allows" in " ".join(done.out.split()))
    assert (1 if stopped else 2) == len(runs)


def test_what_nobody_named_is_what_the_plan_needs() -> None:
    assert Budget(1, 2) == Budget(1).or_else(Cost(5, 2))
    assert Budget(0, 0) == Budget(0, 0).or_else(Cost(5, 2))
    Budget().guard("run", Cost(10**6, 10**6))
    Budget(1, 1).guard("run", Cost(1, 1))
