"""Webhooks: which are sent, how they are signed, what is tried again."""

import json
import time

import pytest
from replicate.client import Client
from replicate.webhook import InvalidSignatureError, InvalidTimestampError, Webhooks, WebhookSigningSecret

from gate.standin.http import Answer, Request
from gate.standin.replicate import ReplicateStandIn
from gate.standin.replicate.models import MODELS
from tests.processes import wait_until
from tests.standin.receiver import Receiver, events, receiving

INPUT = {"img": "https://files.example/in.png"}


def start(standin: ReplicateStandIn, webhook: str, *wanted: str) -> str:
    client = Client(api_token=standin.token, base_url=standin.url)
    create, version = client.predictions.create, MODELS[0].version
    if wanted:
        made = create(version, INPUT, webhook=webhook, webhook_events_filter=list(wanted))
    else:
        made = create(version, INPUT, webhook=webhook)
    client._client.close()
    return str(made.id)


def secret_of(standin: ReplicateStandIn) -> WebhookSigningSecret:
    client = Client(api_token=standin.token, base_url=standin.url)
    secret = client.webhooks.default.secret()
    client._client.close()
    return secret


def check(request: Request, secret: WebhookSigningSecret, *, body: str | None = None) -> None:
    """The official verifier, with the tolerance that the docs advise."""
    sent = request.body.decode() if body is None else body
    Webhooks.validate(headers=dict(request.headers), body=sent, secret=secret, tolerance=300)


def test_the_official_verifier_accepts_what_was_signed_and_nothing_else() -> None:
    with receiving() as receiver, ReplicateStandIn(latency=0.02) as standin:
        one = start(standin, receiver.url)
        receiver.wait_for(2)
        secret = secret_of(standin)

        for request in receiver.got:
            check(request, secret)
        with pytest.raises(InvalidSignatureError):
            check(receiver.got[0], secret, body=receiver.got[0].body.decode() + " ")
        with ReplicateStandIn() as another, pytest.raises(InvalidSignatureError):
            check(receiver.got[0], secret_of(another))

    assert [one, one] == [body["id"] for body in receiver.bodies()]
    assert receiver.got[0].asked("job") == "7"
    assert receiver.got[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("wanted", "statuses"),
    [
        ((), ["processing", "succeeded"]),
        (("completed",), ["succeeded"]),
        (("start",), ["processing"]),
        (("output",), ["processing"]),
        (("logs",), ["processing"]),
        (("start", "output", "logs", "completed"), ["processing"] * 3 + ["succeeded"]),
    ],
)
def test_the_filter(wanted: tuple[str, ...], statuses: list[str]) -> None:
    with receiving() as receiver, ReplicateStandIn(latency=0.02) as standin:
        start(standin, receiver.url, *wanted)
        receiver.wait_for(len(statuses))
        assert wait_until(lambda: standin.ledger()["predictions"][0]["status"] == "succeeded", 5)
        time.sleep(0.1)

    assert statuses == receiver.statuses()


def test_what_each_event_knows() -> None:
    with receiving() as receiver, ReplicateStandIn(latency=0.02) as standin:
        start(standin, receiver.url, "start", "output", "completed")
        receiver.wait_for(3)

    begun, output, completed = receiver.bodies()
    assert begun["output"] is None
    assert output["output"] == completed["output"] is not None
    assert "metrics" not in output
    assert completed["metrics"]["predict_time"] > 0
    assert completed["webhook_events_filter"] == ["start", "output", "completed"]


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(Answer(500), id="500"),
        pytest.param(Answer(404), id="404"),
        pytest.param(Answer(302, headers={"location": "http://127.0.0.1:1/"}), id="a redirect, which is not followed"),
        pytest.param(Answer(200, delivery="drop"), id="no answer"),
    ],
)
def test_the_last_one_is_tried_again_with_the_same_id(refusal: Answer) -> None:
    with receiving(refusal, refusal) as receiver, ReplicateStandIn(latency=0, pace=0.01) as standin:
        start(standin, receiver.url, "completed")
        receiver.wait_for(3)
        assert wait_until(lambda: bool(standin.ledger()["webhooks"]), 5)
        posted = standin.ledger()["webhooks"][0]

    assert len(set(events(receiver.got))) == 1
    assert len({request.body for request in receiver.got}) == 1
    assert posted["statuses"] == [0 if refusal.delivery == "drop" else refusal.status] * 2 + [200]


def test_it_gives_up_after_a_minute() -> None:
    """Six more tries, 1 to 32 s apart; here a second lasts a millisecond."""
    with receiving(*[Answer(500)] * 20) as receiver, ReplicateStandIn(latency=0, pace=0.001) as standin:
        start(standin, receiver.url, "completed")
        assert wait_until(lambda: bool(standin.ledger()["webhooks"]), 5)
        posted = standin.ledger()["webhooks"][0]

    assert posted["statuses"] == [500] * 7
    assert len(receiver.got) == 7


def test_the_others_are_sent_once() -> None:
    with receiving(Answer(500)) as receiver, ReplicateStandIn(latency=0.02, pace=0.01) as standin:
        start(standin, receiver.url, "start", "completed")
        receiver.wait_for(2)
        time.sleep(0.1)

    assert receiver.statuses() == ["processing", "succeeded"]


def test_a_slow_receiver_does_not_hold_up_the_prediction() -> None:
    with receiving(Answer(200, delay=3.0)) as receiver, ReplicateStandIn(latency=0.02) as standin:
        start(standin, receiver.url, "start", "completed")

        assert wait_until(lambda: standin.ledger()["predictions"][0]["status"] == "succeeded", 1.0)


def test_every_end_is_told() -> None:
    with receiving() as receiver, ReplicateStandIn(latency=0.02) as standin:
        standin.script(["prediction-failed", "prediction-aborted", "prediction-stuck-processing"])
        for _ in range(2):
            start(standin, receiver.url, "completed")
        stuck = start(standin, receiver.url, "completed")
        receiver.wait_for(2)
        client = Client(api_token=standin.token, base_url=standin.url)
        client.predictions.cancel(stuck)
        client._client.close()
        receiver.wait_for(3)

    assert {"failed", "aborted", "canceled"} == set(receiver.statuses())


def test_nothing_leaves_the_machine() -> None:
    with ReplicateStandIn(latency=0) as standin:
        start(standin, "https://app.example/hook")
        assert wait_until(lambda: standin.ledger()["predictions"][0]["status"] == "succeeded", 5)

        assert standin.ledger()["webhooks"] == []


def test_the_ledger_names_no_address() -> None:
    with receiving() as receiver, ReplicateStandIn(latency=0) as standin:
        one = start(standin, receiver.url)
        assert wait_until(lambda: len(standin.ledger()["webhooks"]) == 2, 5)
        ledger = standin.ledger()

    assert [(posted["event"], posted["statuses"]) for posted in ledger["webhooks"]] == [
        ("output", [200]),
        ("completed", [200]),
    ]
    assert {one} == {posted["prediction"] for posted in ledger["webhooks"]}
    assert "/hook" not in json.dumps(ledger)


# -- going astray on purpose --------------------------------------------------------------------------------------


def astray(fault: str, number: int) -> tuple[Receiver, WebhookSigningSecret]:
    with receiving() as receiver, ReplicateStandIn(latency=0.02, pace=0.01) as standin:
        standin.script([fault])
        start(standin, receiver.url, "start", "completed")
        receiver.wait_for(number)
        time.sleep(0.1)
        return receiver, secret_of(standin)


def test_twice() -> None:
    receiver, secret = astray("webhook-twice", 3)

    assert receiver.statuses() == ["processing", "succeeded", "succeeded"]
    assert receiver.got[1].headers["webhook-id"] == receiver.got[2].headers["webhook-id"]
    check(receiver.got[2], secret)


def test_out_of_order() -> None:
    receiver, secret = astray("webhook-out-of-order", 2)

    assert receiver.statuses() == ["succeeded", "processing"]
    check(receiver.got[1], secret)


def test_forged() -> None:
    receiver, secret = astray("webhook-forged", 2)

    with pytest.raises(InvalidSignatureError):
        check(receiver.got[0], secret)


def test_stale() -> None:
    receiver, secret = astray("webhook-stale", 2)

    with pytest.raises(InvalidTimestampError):
        check(receiver.got[0], secret)


def test_lost() -> None:
    receiver, _ = astray("webhook-lost", 0)

    assert receiver.got == []
