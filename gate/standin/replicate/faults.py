"""What the stand-in can be told to do wrong, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Literal

from gate.standin.http import Answer, json_answer
from gate.standin.replicate.answers import PROBLEM
from gate.standin.replicate.webhooks import Misdelivery

Route = Literal["create", "get", "list", "cancel", "output"]
Mishap = Literal[
    "",
    "502",
    "drop",
    "slow",
    "drip",
    "hang",
    "cut",
    "wrong-json",
    "wrong-shape",
    "clock",
    "lag",
    "deaf",
    "redirect",
    "huge",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour, used up by the first request to `route`; `says` tells what happens, in a line.

    `refusal` is (status, body, headers): nothing happens but that answer. `after` says how the answer to an *accepted*
    request goes wrong. `ending` is how the prediction that is created ends: its status, output and error. `webhooks`
    is how its webhooks go astray.
    """

    route: Route
    says: str = ""
    refusal: tuple[int, Mapping[str, Any], Mapping[str, str]] | None = None
    after: Mishap = ""
    ending: Mapping[str, Any] | None = None
    webhooks: Misdelivery = ""
    http_date_in: float | None = None
    name: str = field(default="", compare=False)

    def refused(self) -> Answer | None:
        """The answer instead of the real one."""
        if self.refusal is None:
            return None
        status, body, headers = self.refusal
        if self.http_date_in is not None:
            at = datetime.now(UTC) + timedelta(seconds=self.http_date_in)
            headers = {**headers, "retry-after": format_datetime(at, usegmt=True)}
        return json_answer(status, body, PROBLEM | dict(headers))


def _refuse(route: Route, status: int, title: str, detail: str) -> Fault:
    body: dict[str, Any] = {"title": title, "detail": detail, "status": status}
    return Fault(route, f"refuses a {route} with {status}: {title}", (status, body, {}))


def _throttle(route: Route, how: str, detail: str, *, field: Mapping[str, Any] | None = None, **headers: str) -> Fault:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"detail": f"Request was throttled. {detail}", **(field or {})}
    return Fault(route, f"throttles a {route} with 429; {how}", (429, body, sent))


def _spoil(route: Route, after: Mishap, says: str) -> Fault:
    return Fault(route, says, after=after)


def _ends(says: str, **ending: object) -> Fault:
    return Fault("create", f"the prediction {says}", ending=ending)


def _posts(webhooks: Misdelivery, says: str) -> Fault:
    return Fault("create", f"the prediction's webhooks {says}", webhooks=webhooks)


_BUSY = ("Internal server error", "Something went wrong")
_BAD_GATEWAY = ("Bad gateway", "The upstream did not answer")
_UNAVAILABLE = ("Service unavailable", "Try again")
_TIMEOUT = ("Gateway timeout", "The upstream did not answer in time")
_LOW = (
    "Your rate limit for creating predictions is reduced to 6 requests per minute with a burst of 1 requests while you have"
    " less than $5.0 in credit. Your rate limit resets in ~1s."
)
_CREDIT = (
    "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase credit."
    " Once you purchase credit, please wait a few minutes before trying again."
)
_VERSION = "The specified version does not exist (or perhaps you don't have permission to use it?)"
_NAMED = {
    "create-401": _refuse("create", 401, "Unauthenticated", "You did not pass a valid authentication token"),
    "create-402": _refuse("create", 402, "Insufficient credit", _CREDIT),
    "create-402-billing": _refuse("create", 402, "Billing required", "You need to set up billing to run this model."),
    "create-404": _refuse("create", 404, "Not found", "The requested resource could not be found."),
    "create-422": _refuse("create", 422, "Invalid version or not permitted", _VERSION),
    "create-429-words": _throttle("create", "its words name the delay", "Expected available in 1 second."),
    "create-429-field": _throttle("create", "a field names the delay", _LOW, field={"status": 429, "retry_after": 1}),
    "create-429-header": _throttle("create", "Retry-After names the delay", "Try later.", retry_after="1"),
    "create-429-date": replace(_throttle("create", "Retry-After is a date", "Try later."), http_date_in=2.0),
    "create-429-hour": _throttle("create", "Retry-After is an hour", "Try tomorrow.", retry_after="3600"),
    "create-500": _refuse("create", 500, *_BUSY),
    "create-502": _refuse("create", 502, *_BAD_GATEWAY),
    "create-503": _refuse("create", 503, *_UNAVAILABLE),
    "create-504": _refuse("create", 504, *_TIMEOUT),
    "create-accepted-then-502": _spoil("create", "502", "creates a prediction and answers 502"),
    "create-accepted-then-drop": _spoil("create", "drop", "creates a prediction and resets the connection"),
    "create-accepted-then-slow": _spoil("create", "slow", "creates a prediction and answers after 5 s"),
    "create-accepted-then-drip": _spoil("create", "drip", "creates a prediction and answers a byte every 0.2 s"),
    "create-accepted-then-hang": _spoil("create", "hang", "creates a prediction and never answers"),
    "create-accepted-then-cut": _spoil("create", "cut", "creates a prediction and sends half of the answer"),
    "create-accepted-then-wrong-json": _spoil("create", "wrong-json", "creates a prediction and answers no JSON"),
    "create-accepted-then-wrong-shape": _spoil(
        "create", "wrong-shape", "creates a prediction and answers JSON of another shape"
    ),
    "get-404": _refuse("get", 404, "Not found", "The requested resource could not be found."),
    "get-429": _throttle("get", "its words name the delay", "Your rate limit resets in ~1s."),
    "get-500": _refuse("get", 500, *_BUSY),
    "get-503": _refuse("get", 503, *_UNAVAILABLE),
    "get-drop": _spoil("get", "drop", "resets the connection of a get"),
    "get-cut": _spoil("get", "cut", "sends half of the answer to a get"),
    "get-slow": _spoil("get", "slow", "answers a get after 5 s"),
    "get-drip": _spoil("get", "drip", "answers a get a byte every 0.2 s"),
    "get-hang": _spoil("get", "hang", "never answers a get"),
    "get-wrong-json": _spoil("get", "wrong-json", "answers a get with no JSON"),
    "get-wrong-shape": _spoil("get", "wrong-shape", "answers a get with JSON of another shape"),
    "get-clock-skewed": _spoil("get", "clock", "answers a get with a Date of an hour ago"),
    "list-404": _refuse("list", 404, "Not found", "The requested resource could not be found."),
    "list-wrong-shape": _spoil("list", "wrong-shape", "answers a list with JSON of another shape"),
    "list-503": _refuse("list", 503, *_UNAVAILABLE),
    "list-drop": _spoil("list", "drop", "resets the connection of a list"),
    "list-lags": _spoil("list", "lag", "leaves the predictions of the last 60 s out of a list"),
    "cancel-404": _refuse("cancel", 404, "Not found", "The requested resource could not be found."),
    "cancel-503": _refuse("cancel", 503, *_UNAVAILABLE),
    "cancel-unheard": _spoil("cancel", "deaf", "answers a cancel and goes on working"),
    "output-404": _refuse("output", 404, "Not found", "The output has expired"),
    "output-redirect": _spoil("output", "redirect", "answers an output with a redirect to another host"),
    "output-cut": _spoil("output", "cut", "sends half of an output"),
    "output-drip": _spoil("output", "drip", "sends an output a byte every 0.2 s"),
    "output-hang": _spoil("output", "hang", "never sends an output"),
    "output-huge": _spoil("output", "huge", "sends an output of 60 MB"),
    "prediction-failed": _ends(
        "fails: out of memory", status="failed", error="Prediction failed. (E1001) CUDA out of memory"
    ),
    "prediction-canceled": _ends("ends as canceled", status="canceled"),
    "prediction-aborted": _ends("ends as aborted, without having begun", status="aborted"),
    "prediction-succeeds-empty": _ends("succeeds with the output null", status="succeeded", output="none"),
    "prediction-succeeds-without-output": _ends("succeeds and has no output key", status="succeeded", output="missing"),
    "prediction-data-removed": _ends("succeeds and its data is removed at once", status="succeeded", output="removed"),
    "prediction-stuck-starting": _ends("never starts", status="starting"),
    "prediction-stuck-processing": _ends("never ends", status="processing"),
    "prediction-output-array": _ends("gives a list of two pictures", status="succeeded", output="images"),
    "prediction-foreign-output": _ends("gives an address of another host", status="succeeded", output="foreign"),
    "prediction-not-an-image": _ends("gives a text and no picture", status="succeeded", output="text"),
    "prediction-status-new": _ends("gets a status that nobody knows, and keeps it", status="paused"),
    "webhook-twice": _posts("twice", "end with the last one sent twice"),
    "webhook-out-of-order": _posts("disorder", "come with the last one first"),
    "webhook-forged": _posts("forged", "are signed with another secret"),
    "webhook-stale": _posts("stale", "are signed ten minutes ago"),
    "webhook-lost": _posts("lost", "never come"),
}
FAULTS: Mapping[str, Fault] = MappingProxyType({name: replace(fault, name=name) for name, fault in _NAMED.items()})
