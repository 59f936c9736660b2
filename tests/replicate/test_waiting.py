"""How long the client waits: 1, 2, 4, 8 s within 20 %, and never less than the server asks for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from gate.replicate import ReplicateError
from gate.replicate.waiting import asked_delay
from gate.standin.http import LoopbackServer, json_answer
from gate.standin.replicate import FAULTS, Fault
from tests.replicate.bench import Bench, client_of

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LATER = format_datetime(NOW + timedelta(seconds=9), usegmt=True)
EARLIER = format_datetime(NOW - timedelta(seconds=9), usegmt=True)
THROTTLED = "Request was throttled. "


def test_spacing_is_one_two_four_eight_within_a_fifth_whatever_the_seed() -> None:
    served = LoopbackServer(lambda _request: json_answer(503, {"detail": "busy"}), name="busy server")
    pauses = []
    try:
        for seed in range(60):
            client, time, _notes = client_of(served.url, seed=seed)
            with client, pytest.raises(ReplicateError):
                client.account()
            pauses.append(time.slept)
    finally:
        served.stop()

    assert {4} == {len(slept) for slept in pauses}
    for number, base in enumerate((1, 2, 4, 8)):
        ratios = [slept[number] / base for slept in pauses]
        assert min(ratios) >= 0.8
        assert max(ratios) <= 1.2
        # Spread over the whole range, and multiplied: a fifth of 8 s is more than a fifth of 1 s.
        assert min(ratios) < 0.85
        assert max(ratios) > 1.15


@pytest.mark.parametrize(
    ("headers", "body", "wish"),
    [
        pytest.param({"Retry-After": "7"}, {}, 7.0, id="header in seconds"),
        pytest.param({"Retry-After": "0.5"}, {}, 0.5, id="header with a fraction"),
        pytest.param({"Retry-After": LATER}, {}, 9.0, id="header as a date"),
        pytest.param({"Retry-After": EARLIER}, {}, 0.0, id="header as a date that has passed"),
        pytest.param({}, {"retry_after": 5}, 5.0, id="field of the body"),
        pytest.param({}, {"retry_after": "5"}, 5.0, id="field of the body as a text"),
        pytest.param({}, {"detail": f"{THROTTLED}Your rate limit resets in ~30s."}, 30.0, id="current words"),
        pytest.param({}, {"detail": f"{THROTTLED}Expected available in 1 second."}, 1.0, id="words of 2025"),
        pytest.param({"ratelimit-reset": "4"}, {}, 4.0, id="ratelimit-reset"),
        pytest.param({"Retry-After": "7", "ratelimit-reset": "4"}, {"retry_after": 5}, 7.0, id="the header goes first"),
        pytest.param({"ratelimit-reset": "4"}, {"retry_after": 5, "detail": "resets in 6s"}, 5.0, id="then the field"),
        pytest.param({"ratelimit-reset": "4"}, {"detail": "resets in 6s"}, 6.0, id="then the words"),
        pytest.param({"Retry-After": "soon"}, {"retry_after": 5}, 5.0, id="a header that says nothing"),
        pytest.param({"Retry-After": "nan"}, {}, None, id="not a number"),
        pytest.param({"Retry-After": "-3"}, {}, None, id="below zero"),
        pytest.param({}, {"retry_after": True}, None, id="a truth is no number"),
        pytest.param({}, {"retry_after": 10**400}, None, id="a number that is none"),
        pytest.param({}, ["retry_after"], None, id="a body that is no object"),
        pytest.param({}, {}, None, id="nothing"),
    ],
)
def test_what_a_server_asks_for(headers: dict[str, str], body: object, wish: float | None) -> None:
    assert wish == asked_delay(headers, body, throttled=True, now=NOW)


def test_the_rate_limit_reset_of_a_fault_is_no_wish() -> None:
    assert asked_delay({"ratelimit-reset": "4"}, {}, throttled=False) is None


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        pytest.param(Fault("create", refusal=(429, {"retry_after": 7}, {})), 7.0, 7.36, id="field"),
        pytest.param(
            Fault("create", refusal=(429, {"detail": "Expected available in 3 seconds."}, {})), 3.0, 3.16, id="words"
        ),
        pytest.param(Fault("create", refusal=(429, {}, {"retry-after": "7"})), 7.0, 7.36, id="header"),
        pytest.param(Fault("create", refusal=(429, {}, {}), http_date_in=9), 7.9, 9.46, id="date"),
        pytest.param(Fault("create", refusal=(429, {}, {"ratelimit-reset": "12"})), 12.0, 12.61, id="ratelimit-reset"),
        pytest.param(Fault("create", refusal=(503, {}, {"retry-after": "7"})), 7.0, 7.36, id="header of a 503"),
        pytest.param(FAULTS["create-429-words"], 1.0, 1.21, id="a wish below the own pause"),
    ],
)
def test_the_servers_delay_is_a_floor(bench: Bench, fault: Fault, least: float, most: float) -> None:
    bench.standin.script([fault])

    bench.start()

    assert len(bench.time.slept) == 1
    assert least <= bench.time.slept[0] <= most
    assert len(bench.predictions()) == 1


def test_a_wish_behind_the_deadline_ends_it_at_once(bench: Bench) -> None:
    bench.standin.script([Fault("create", refusal=(429, {"detail": "Try later."}, {"retry-after": "300"}))])

    with pytest.raises(ReplicateError, match="429: Try later") as caught:
        bench.start(deadline=20.0)

    assert bench.time.slept == []
    assert bench.asked("create") == 1
    assert caught.value.category == "connectivity"


def test_the_deadline_counts_the_pauses_before(bench: Bench) -> None:
    bench.standin.script(["get-503"] * 9)

    with pytest.raises(ReplicateError):
        bench.client(deadline=5.0).get("x")

    # 1 + 2 s fit into 5 s, and 4 s more do not.
    assert len(bench.time.slept) == 2
    assert bench.asked("get") == 3
