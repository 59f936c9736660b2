"""Reads one answer, or the lack of one: the parsed body of a 2xx, or an error that says what is known."""

import json
from collections.abc import Mapping

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from gate.replicate.errors import Fate, ReplicateError
from gate.replicate.waiting import asked_delay
from gate.replicate.words import words

BODY_LIMIT = 64 << 20  # a list of a hundred predictions repeats their inputs, which may be data URLs


def read_answer(answer: requests.Response, token: str) -> object:
    """The body of a 2xx, or ReplicateError with the server's words in which the token is blotted out."""
    status = answer.status_code
    raw = answer.raw.read(BODY_LIMIT + 1, decode_content=True)
    length = answer.headers.get("Content-Length", "")
    cut = length.isdecimal() and not answer.headers.get("Content-Encoding") and len(raw) < int(length)
    if len(raw) > BODY_LIMIT or cut:
        raise ReplicateError("the answer was cut short or is far too large", fate=Fate.UNKNOWN)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if 200 <= status < 300:
        if raw and body is None:
            raise ReplicateError("Replicate's answer is not JSON", fate=Fate.UNKNOWN)
        return body
    fields = body if isinstance(body, Mapping) else {}
    said = words(fields.get("detail") or fields.get("title") or answer.reason, hide=token)
    raise ReplicateError(
        f"Replicate answered {status}: {said}",
        fate=Fate.REJECTED if status < 500 else Fate.UNKNOWN,
        status=status,
        retry_after=asked_delay(answer.headers, body, throttled=status == 429),
        title=words(fields.get("title"), hide=token),
    )


def unanswered(fault: Exception) -> ReplicateError:
    """What a failed exchange means. Only the kind of the fault is told: its text may quote the request."""
    kind = type(fault).__name__
    if not isinstance(fault, requests.RequestException):  # urllib3 raises its own kinds while a body is read
        return ReplicateError(f"the answer broke off ({kind})", fate=Fate.UNKNOWN)
    return ReplicateError(f"no answer from Replicate ({kind})", fate=_fate(fault))


def _fate(fault: requests.RequestException) -> Fate:
    """Whether the request can have reached the server at all."""
    if isinstance(fault, requests.ConnectTimeout):
        return Fate.NOT_SENT
    reason = getattr(fault.args[0], "reason", None) if fault.args else None
    return Fate.NOT_SENT if isinstance(reason, NewConnectionError | ConnectTimeoutError) else Fate.UNKNOWN
