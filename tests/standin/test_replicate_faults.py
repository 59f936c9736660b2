"""Every fault does what it says, once, to the route it names. A fault without a proof here fails the suite."""

import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from gate.standin.image import png
from gate.standin.replicate import FAULTS, Fault, ReplicateStandIn
from gate.standin.replicate.models import MODELS
from tests.standin.receiver import receiving

ORDER: dict[str, Any] = {"version": MODELS[0].version, "input": {"img": "https://files.example/in.png"}}
Proof = Callable[["Caller"], None]


class Caller:
    """Plain requests with the token, on a connection of their own, so that a reset of one harms no other."""

    def __init__(self, standin: ReplicateStandIn) -> None:
        self.standin = standin

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.standin.token}"}
        address = path if path.startswith("http") else f"{self.standin.url}/v1{path}"
        return requests.request(method, address, headers=headers, allow_redirects=False, **options)

    def create(self, **options: Any) -> requests.Response:
        return self("POST", "/predictions", json=ORDER, **options)

    def made(self) -> list[dict[str, Any]]:
        return list(self.standin.ledger()["predictions"])

    def ended(self) -> dict[str, Any]:
        """The only prediction, when it has changed for the last time."""
        one = self.made()[0]["id"]
        for _ in range(500):
            body = self("GET", f"/predictions/{one}").json()
            if "completed_at" in body:
                return dict(body)
            time.sleep(0.01)
        raise AssertionError("it does not end")


@pytest.fixture
def call() -> Iterator[Caller]:
    with ReplicateStandIn(latency=0.02, pace=0.01) as standin:
        yield Caller(standin)


def request_of(call: Caller, route: str, **options: Any) -> requests.Response:
    """One request of a route, about a prediction that was made without a fault where it needs one."""
    match route:
        case "create":
            return call.create(timeout=1, **options)
        case "list":
            return call("GET", "/predictions", timeout=1, **options)
    one = call.made()[0]["id"]
    match route:
        case "get":
            return call("GET", f"/predictions/{one}", timeout=1, **options)
        case "cancel":
            return call("POST", f"/predictions/{one}/cancel", timeout=1, **options)
    return call("GET", str(call.ended()["output"]), timeout=1, **options)


def refused(status: int, words: str, **headers: str) -> Proof:
    """That answer, nothing made and nothing changed, and the next one is as it should be."""

    def proof(call: Caller) -> None:
        fault = FAULTS[NOW[0]]
        before = [one["id"] for one in call.made()]

        answer = request_of(call, fault.route)

        assert answer.status_code == status
        assert words in answer.json()["detail"]
        assert answer.headers["content-type"] == "application/problem+json"
        for name, value in headers.items():
            assert answer.headers[name.replace("_", "-")] == value
        assert [one["id"] for one in call.made()] == before
        assert request_of(call, fault.route).ok

    return proof


def broken(kind: type[Exception]) -> Proof:
    """The request is carried out and the client sees that fault."""

    def proof(call: Caller) -> None:
        fault = FAULTS[NOW[0]]
        before = len(call.made())
        with pytest.raises(kind):
            request_of(call, fault.route).json()

        assert len(call.made()) - before == (1 if fault.route == "create" else 0)
        assert request_of(call, fault.route).ok

    return proof


def drips(call: Caller) -> None:
    """Something comes, and never a second of silence; but not the whole of it."""
    fault = FAULTS[NOW[0]]
    began = time.monotonic()
    answer = request_of(call, fault.route, stream=True)
    with answer:
        first = [answer.raw.read(1) for _ in range(3)]

    assert all(first)
    assert int(answer.headers["content-length"]) > 100
    assert 0.4 < time.monotonic() - began < 5
    assert request_of(call, fault.route).ok


def misshapen(call: Caller) -> None:
    """The request is carried out, and its answer is JSON and says nothing of a prediction."""
    fault = FAULTS[NOW[0]]
    before = len(call.made())

    answer = request_of(call, fault.route)

    assert (answer.ok, answer.json()) == (True, {"predictions": [42]})
    assert len(call.made()) - before == (1 if fault.route == "create" else 0)
    assert request_of(call, fault.route).json().keys() & {"id", "results"}


def skewed(call: Caller) -> None:
    """Its clock is an hour behind in that answer, and right in the next."""
    wrong, right = (parsedate_to_datetime(request_of(call, "get").headers["date"]).timestamp() for _ in range(2))

    assert 3590 < time.time() - wrong < 3610
    assert abs(time.time() - right) < 10


def ends(status: str, **fields: object) -> Proof:
    def proof(call: Caller) -> None:
        assert call.create().json()["status"] == "starting"
        body = call.ended()

        assert body["status"] == status
        assert {name: body.get(name, "missing") for name in fields} == fields

    return proof


def stays(status: str) -> Proof:
    """It gets there and stays; a cancel ends it."""

    def proof(call: Caller) -> None:
        one = call.create().json()["id"]
        time.sleep(0.15)
        assert call("GET", f"/predictions/{one}").json()["status"] == status

        call("POST", f"/predictions/{one}/cancel")
        assert call.ended()["status"] == "canceled"

    return proof


def posts(*statuses: str) -> Proof:
    """Which webhooks come in; what is wrong with them is proven beside the official verifier."""

    def proof(call: Caller) -> None:
        with receiving() as receiver:
            order = ORDER | {"webhook": receiver.url, "webhook_events_filter": ["start", "completed"]}
            call("POST", "/predictions", json=order)
            receiver.wait_for(len(statuses))
            call.ended()
            time.sleep(0.1)

            assert tuple(receiver.statuses()) == statuses

    return proof


def accepted_then_502(call: Caller) -> None:
    assert call.create().status_code == 502
    assert len(call.made()) == 1


def dated(call: Caller) -> None:
    answer = call.create()

    assert answer.status_code == 429
    ahead = parsedate_to_datetime(answer.headers["retry-after"]).timestamp() - time.time()
    assert 0 < ahead <= 2
    assert call.made() == []


def lags(call: Caller) -> None:
    assert call("GET", "/predictions").json()["results"] == []
    assert len(call("GET", "/predictions").json()["results"]) == 1


def unheard(call: Caller) -> None:
    one = call.made()[0]["id"]

    answer = call("POST", f"/predictions/{one}/cancel")

    assert (answer.status_code, answer.json()["status"] == "canceled") == (200, False)
    assert call.ended()["status"] == "succeeded"


def redirected(call: Caller) -> None:
    answer = request_of(call, "output")

    assert (answer.status_code, answer.headers["location"]) == (302, "http://198.51.100.7/out.png")


def huge(call: Caller) -> None:
    content = request_of(call, "output").content

    assert len(content) == 60 << 20
    assert content.startswith(b"\x89PNG")


def foreign(call: Caller) -> None:
    call.create()

    assert call.ended()["output"] == "http://198.51.100.7/out.png"


def pictures(call: Caller) -> None:
    call.create()
    output = call.ended()["output"]

    assert len(output) == 2
    assert call("GET", output[0]).content != call("GET", output[1]).content


def text(call: Caller) -> None:
    call.create()
    answer = call("GET", call.ended()["output"])

    assert (answer.headers["content-type"], answer.content) == ("text/plain", b"this is no picture\n")


THROTTLED = "Request was throttled. "
CUT, RESET = requests.exceptions.ChunkedEncodingError, requests.ConnectionError
SLOW, NO_JSON = requests.ReadTimeout, requests.exceptions.JSONDecodeError
PROOFS: dict[str, Proof] = {
    "create-401": refused(401, "You did not pass a valid authentication token"),
    "create-402": refused(402, "insufficient credit"),
    "create-402-billing": refused(402, "set up billing"),
    "create-404": refused(404, "could not be found"),
    "create-422": refused(422, "The specified version does not exist"),
    "create-429-words": refused(429, f"{THROTTLED}Expected available in 1 second."),
    "create-429-field": refused(429, "reduced to 6 requests per minute"),
    "create-429-header": refused(429, THROTTLED, retry_after="1"),
    "create-429-date": dated,
    "create-429-hour": refused(429, "Try tomorrow.", retry_after="3600"),
    "create-500": refused(500, "Something went wrong"),
    "create-502": refused(502, "did not answer"),
    "create-503": refused(503, "Try again"),
    "create-504": refused(504, "did not answer in time"),
    "create-accepted-then-502": accepted_then_502,
    "create-accepted-then-drop": broken(RESET),
    "create-accepted-then-slow": broken(SLOW),
    "create-accepted-then-drip": drips,
    "create-accepted-then-hang": broken(SLOW),
    "create-accepted-then-cut": broken(CUT),
    "create-accepted-then-wrong-json": broken(NO_JSON),
    "create-accepted-then-wrong-shape": misshapen,
    "get-404": refused(404, "could not be found"),
    "get-429": refused(429, "resets in ~1s"),
    "get-500": refused(500, "Something went wrong"),
    "get-503": refused(503, "Try again"),
    "get-drop": broken(RESET),
    "get-cut": broken(CUT),
    "get-slow": broken(SLOW),
    "get-drip": drips,
    "get-hang": broken(SLOW),
    "get-wrong-json": broken(NO_JSON),
    "get-wrong-shape": misshapen,
    "get-clock-skewed": skewed,
    "list-404": refused(404, "could not be found"),
    "list-wrong-shape": misshapen,
    "list-503": refused(503, "Try again"),
    "list-drop": broken(RESET),
    "list-lags": lags,
    "cancel-404": refused(404, "could not be found"),
    "cancel-503": refused(503, "Try again"),
    "cancel-unheard": unheard,
    "output-404": refused(404, "expired"),
    "output-redirect": redirected,
    "output-cut": broken(CUT),
    "output-drip": drips,
    "output-hang": broken(SLOW),
    "output-huge": huge,
    "prediction-failed": ends("failed", output=None, error="Prediction failed. (E1001) CUDA out of memory"),
    "prediction-canceled": ends("canceled", output=None, error=None),
    "prediction-aborted": ends("aborted", output=None, started_at=None),
    "prediction-succeeds-empty": ends("succeeded", output=None, data_removed=False),
    "prediction-succeeds-without-output": ends("succeeded", output="missing"),
    "prediction-data-removed": ends("succeeded", output=None, data_removed=True, input={}),
    "prediction-stuck-starting": stays("starting"),
    "prediction-stuck-processing": stays("processing"),
    "prediction-status-new": stays("paused"),
    "prediction-output-array": pictures,
    "prediction-foreign-output": foreign,
    "prediction-not-an-image": text,
    "webhook-twice": posts("processing", "succeeded", "succeeded"),
    "webhook-out-of-order": posts("succeeded", "processing"),
    "webhook-forged": posts("processing", "succeeded"),
    "webhook-stale": posts("processing", "succeeded"),
    "webhook-lost": posts(),
}
NOW = [""]  # the fault whose proof runs; proofs that many share look it up here


def test_every_fault_has_a_proof() -> None:
    assert sorted(FAULTS) == sorted(PROOFS)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_does_what_it_says(call: Caller, name: str) -> None:
    fault = FAULTS[name]
    NOW[0] = name
    if fault.route != "create":
        call.create()
    call.standin.script([name])

    PROOFS[name](call)

    used = [one["fault"] for one in call.standin.ledger()["requests"] if "fault" in one]
    assert used == ([name] if fault.route != "output" else [])
    assert call.standin._script == []


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_described(name: str) -> None:
    says = FAULTS[name].says

    assert FAULTS[name].name == name
    assert 10 < len(says) < 90
    assert says == says.strip()
    assert len([one for one in FAULTS.values() if one.says == says]) == 1


def test_faults_are_used_up_in_their_order_by_their_route(call: Caller) -> None:
    call.standin.script(["create-500", "get-503", "create-402"])

    first, second, third = (call.create() for _ in range(3))
    one = third.json()["id"]

    assert [answer.status_code for answer in (first, second, third)] == [500, 402, 201]
    assert [call("GET", f"/predictions/{one}").status_code for _ in range(2)] == [503, 200]


def test_a_fault_for_one_job_alone(call: Caller) -> None:
    call.standin.script(["create-500", "get-503", "output-404"], marker="job-7")
    other = call.create()
    assert other.status_code == 201
    order = ORDER | {"input": {"img": "https://files.example/in.png?job=job-7"}}

    answers = [call("POST", "/predictions", json=order).status_code for _ in range(2)]
    (own,) = call.standin.made("job-7")
    gets = [call("GET", f"/predictions/{one}").status_code for one in (other.json()["id"], own, own)]

    assert answers == [500, 201]
    assert gets == [200, 503, 200]


def test_a_fault_of_ones_own(call: Caller) -> None:
    call.standin.script([Fault("create", refusal=(418, {"detail": "a teapot"}, {}))])

    assert call.create().status_code == 418
    assert call.standin.ledger()["requests"][0]["fault"] == "unnamed"


def test_a_fault_that_is_not_known(call: Caller) -> None:
    with pytest.raises(KeyError):
        call.standin.script(["create-200", "create-500"])

    assert call.create().status_code == 201


def test_faults_are_planned_over_http_too(call: Caller) -> None:
    answer = requests.post(f"{call.standin.url}/__script", json=["create-500"])
    wrong = requests.post(f"{call.standin.url}/__script", json=["create-500", "nothing"])
    none = requests.post(f"{call.standin.url}/__script", json={"create-500": 1})

    assert (answer.status_code, wrong.status_code, none.status_code) == (204, 422, 422)
    assert wrong.json()["known"] == sorted(FAULTS)
    assert [call.create().status_code for _ in range(2)] == [500, 201]


def test_pictures_follow_from_a_word() -> None:
    assert png("a") == png("a") != png("b")
    assert len({png(str(number)) for number in range(50)}) == 50
