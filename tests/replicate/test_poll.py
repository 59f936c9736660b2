"""Waiting for a prediction: every way to end, and the way to end what does not."""

import time

import pytest

from gate.replicate import PredictionFailed, ReplicateError
from gate.replicate.prediction import read_prediction
from gate.standin.replicate import ReplicateStandIn
from tests.replicate.bench import GFPGAN, JOB, Bench, client_of, given


def test_it_reads_at_growing_distances_until_the_end() -> None:
    with ReplicateStandIn(latency=0.4) as standin:
        bench = Bench(standin)
        client = bench.client()

        def sleep(seconds: float) -> None:
            bench.time.sleep(seconds)
            time.sleep(0.05)

        client._clock.sleep = sleep
        made = client._start(GFPGAN, given(), marker=JOB)
        ended = client._poll(made.id)
        client.close()

    assert ended.status == "succeeded"
    assert len(ended.result()) == 1
    assert bench.time.slept[0] == 0.2
    growth = [later / earlier for earlier, later in zip(bench.time.slept, bench.time.slept[1:], strict=False)]
    assert all(0.99 < factor < 1.51 for factor in growth)
    assert max(bench.time.slept) <= 5.0


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("prediction-failed", "failed", "failed: Prediction failed. (E1001) CUDA out of memory"),
        ("prediction-canceled", "canceled", "canceled"),
        ("prediction-aborted", "aborted", "aborted"),
        ("prediction-succeeds-empty", "succeeded", "succeeded without an output; treat it as failed and refund it"),
        ("prediction-succeeds-without-output", "succeeded", "succeeded without an output"),
        ("prediction-data-removed", "succeeded", "succeeded without an output"),
    ],
)
def test_every_other_end_is_a_failure(bench: Bench, fault: str, status: str, words: str) -> None:
    bench.standin.script([fault])
    ended = bench.client().run(GFPGAN, given(), marker=JOB, on_start=lambda _id: None)

    with pytest.raises(PredictionFailed) as caught:
        ended.result()

    assert (status, ended.id) == (caught.value.status, caught.value.prediction)
    assert f"prediction {ended.id} {words}" in str(caught.value)
    assert caught.value.category == "processing"


def test_a_list_of_outputs(bench: Bench) -> None:
    bench.standin.script(["prediction-output-array"])

    ended = bench.client().run(GFPGAN, given(), marker=JOB, on_start=lambda _id: None)

    assert [str(address).rpartition("/")[2] for address in ended.result()] == ["out-0.png", "out-1.png"]


@pytest.mark.parametrize("fault", ["prediction-stuck-starting", "prediction-stuck-processing", "prediction-status-new"])
def test_at_the_deadline_it_is_cancelled_and_read_once_more(bench: Bench, fault: str) -> None:
    bench.standin.script([fault])
    client = bench.client()
    made = client._start(GFPGAN, given(), marker=JOB)
    began = bench.time.moment

    ended = client._poll(made.id, deadline=20.0)

    assert ended.status == "canceled"
    assert bench.time.moment - began <= 20.0
    assert [one["route"] for one in bench.standin.ledger()["requests"]][-2:] == ["cancel", "get"]
    with pytest.raises(PredictionFailed, match="canceled"):
        ended.result()


@pytest.mark.parametrize("faults", [["cancel-unheard"], ["cancel-503"] * 9])
def test_a_cancel_that_is_not_heard_is_said(bench: Bench, faults: list[str]) -> None:
    bench.standin.script(["prediction-stuck-starting", *faults])
    client = bench.client()
    made = client._start(GFPGAN, given(), marker=JOB)

    ended = client.wait(made.id, deadline=5.0)

    assert not ended.ended
    with pytest.raises(PredictionFailed, match="has not ended: starting"):
        ended.result()


def test_a_read_that_fails_does_not_outlast_the_deadline(bench: Bench) -> None:
    made = bench.start()
    bench.standin.script(["get-503"] * 30)
    began = bench.time.moment

    with pytest.raises(ReplicateError, match="503"):
        bench.client()._poll(made.id, deadline=6.0)

    assert bench.time.moment - began <= 6.0


def test_faults_on_the_way_are_passed_over(bench: Bench) -> None:
    bench.standin.script(["get-503", "get-drop", "get-cut"])

    ended = bench.client().run(GFPGAN, given(), marker=JOB, on_start=lambda _id: None)

    assert ended.status == "succeeded"


def test_a_prediction_that_is_gone_stops_at_once(bench: Bench) -> None:
    client, slept, _ = client_of(bench.standin.url, token=bench.standin.token)

    with client, pytest.raises(ReplicateError, match="404"):
        client.wait("../account")

    assert slept.slept == []
    assert [one["path"] for one in bench.standin.ledger()["requests"]] == ["/predictions/../account"]


@pytest.mark.parametrize(
    ("output", "values"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ({}, ()),
        (["", None], ()),
        ("a", ("a",)),
        (["a", "b"], ("a", "b")),
        ({"file": "a"}, ({"file": "a"},)),
        (0, (0,)),
    ],
)
def test_what_counts_as_an_output(output: object, values: tuple[object, ...]) -> None:
    body = {"id": "a", "status": "succeeded", "output": output}

    assert values == read_prediction(body).output


def test_a_missing_output_reads_as_none() -> None:
    found = read_prediction({"id": "a", "status": "starting"})

    assert (found.output, found.input, found.error, found.created_at) == ((), {}, "", "")
    assert not found.ended


@pytest.mark.parametrize(
    ("status", "completed", "ended", "words"),
    [
        ("expired", "2026-01-01T00:00:00Z", True, "expired: too old"),
        ("expired", None, False, "has not ended: expired"),
        ("processing", "2026-01-01T00:00:00Z", False, "has not ended: processing"),
        ("aborted", None, True, "aborted: too old"),
    ],
)
def test_a_new_status_has_ended_once_its_end_has_a_time(
    status: str, completed: str | None, ended: bool, words: str
) -> None:
    found = read_prediction({"id": "a", "status": status, "completed_at": completed, "error": "too old"})

    assert found.ended == ended
    with pytest.raises(PredictionFailed, match=words):
        found.result()
