"""What the stand-in can be told to do wrong, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Literal

from gate.standin.http import Answer, json_answer

Route = Literal["create", "get", "list", "cancel", "output"]
PROBLEM = {"content-type": "application/problem+json"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour, used up by the first request to `route`.

    `refusal` is (status, body, headers): nothing happens but that answer. `after` says how the answer to an *accepted*
    request goes wrong. `ending` is how the prediction that is created ends: its status, output and error.
    """

    route: Route
    refusal: tuple[int, Mapping[str, Any], Mapping[str, str]] | None = None
    after: Literal["", "502", "drop", "slow", "cut", "wrong-json"] = ""
    ending: Mapping[str, Any] | None = None
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


def _refuse(route: Route, status: int, title: str, detail: str, **headers: str) -> Fault:
    body: dict[str, Any] = {"title": title, "detail": detail, "status": status}
    return Fault(route, (status, body, {name.replace("_", "-"): value for name, value in headers.items()}))


def _ends(**ending: object) -> Fault:
    return Fault("create", ending=ending)


_THROTTLED = "Request was throttled. "
_LOW = (
    "Your rate limit for creating predictions is reduced to 6 requests per minute with a burst of 1 requests while you have"
    " less than $5.0 in credit. Your rate limit resets in ~1s."
)
_NAMED = {
    "create-401": _refuse("create", 401, "Unauthenticated", "You did not pass a valid authentication token"),
    "create-402": _refuse("create", 402, "Insufficient credit", "You have insufficient credit to run this model."),
    "create-422": _refuse("create", 422, "Invalid version or not permitted", "The specified version does not exist"),
    "create-429-words": Fault("create", (429, {"detail": f"{_THROTTLED}Expected available in 1 second."}, {})),
    "create-429-field": Fault("create", (429, {"detail": _THROTTLED + _LOW, "status": 429, "retry_after": 1}, {})),
    "create-429-header": Fault("create", (429, {"detail": f"{_THROTTLED}Try later."}, {"retry-after": "1"})),
    "create-429-date": Fault("create", (429, {"detail": f"{_THROTTLED}Try later."}, {}), http_date_in=2.0),
    "create-500": _refuse("create", 500, "Internal server error", "Something went wrong"),
    "create-502": _refuse("create", 502, "Bad gateway", "The upstream did not answer"),
    "create-503": _refuse("create", 503, "Unavailable", "Try again"),
    "create-accepted-then-502": Fault("create", after="502"),
    "create-accepted-then-drop": Fault("create", after="drop"),
    "create-accepted-then-slow": Fault("create", after="slow"),
    "create-accepted-then-cut": Fault("create", after="cut"),
    "create-accepted-then-wrong-json": Fault("create", after="wrong-json"),
    "get-429": Fault("get", (429, {"detail": f"{_THROTTLED}Your rate limit resets in ~1s."}, {})),
    "get-500": _refuse("get", 500, "Internal server error", "Something went wrong"),
    "get-503": _refuse("get", 503, "Unavailable", "Try again"),
    "get-drop": Fault("get", after="drop"),
    "get-cut": Fault("get", after="cut"),
    "list-503": _refuse("list", 503, "Unavailable", "Try again"),
    "output-404": _refuse("output", 404, "Not found", "The output has expired"),
    "prediction-failed": _ends(status="failed", error="Prediction failed. (E1001) CUDA out of memory"),
    "prediction-canceled": _ends(status="canceled"),
    "prediction-aborted": _ends(status="aborted"),
    "prediction-succeeds-empty": _ends(status="succeeded", output=None),
    "prediction-stuck-starting": _ends(status="starting"),
    "prediction-stuck-processing": _ends(status="processing"),
    "prediction-foreign-output": _ends(status="succeeded", output="http://198.51.100.7/out.png"),
    "prediction-not-an-image": _ends(status="succeeded", output="text"),
}
FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        name: Fault(fault.route, fault.refusal, fault.after, fault.ending, fault.http_date_in, name)
        for name, fault in _NAMED.items()
    }
)
