"""How long to wait before asking again: 1, 2, 4, 8 s within 20 %, and never less than the server asks for."""

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tenacity import RetryCallState
from tenacity.wait import wait_base

from gate.replicate.errors import ReplicateError

RESETS = re.compile(r"(?:resets in ~?|available in )(\d{1,9}(?:\.\d{1,9})?)\s*s", re.IGNORECASE)
NUMBER = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*")
JITTER = 0.2


class Backoff(wait_base):
    """`base` times two to the attempt, within 20 %; the server's delay is a floor, with jitter upward only."""

    def __init__(self, base: float, chance: random.Random) -> None:
        self._base = base
        self._chance = chance

    def __call__(self, retry_state: RetryCallState) -> float:
        """Seconds until the next attempt."""
        own = self._base * 2.0 ** (retry_state.attempt_number - 1) * self._chance.uniform(1 - JITTER, 1 + JITTER)
        problem = retry_state.outcome.exception() if retry_state.outcome else None
        asked = problem.retry_after if isinstance(problem, ReplicateError) else None
        if asked is None:
            return own
        return max(own, asked * self._chance.uniform(1, 1 + JITTER / 4))


def asked_delay(
    headers: Mapping[str, str], body: object, *, throttled: bool, now: datetime | None = None
) -> float | None:
    """The delay a server asks for, in seconds: Retry-After, then the body's field or words, then ratelimit-reset.

    Replicate sends ratelimit-reset with every answer; it is a wish only where the request was `throttled` (429).
    """
    fields: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    wishes = (_moment(headers.get("Retry-After", ""), now), _number(fields.get("retry_after")), _said(fields))
    reset = _number(headers.get("ratelimit-reset")) if throttled else None
    return next((wish for wish in (*wishes, reset) if wish is not None), None)


def _moment(wish: str, now: datetime | None) -> float | None:
    """Seconds, or an HTTP date; a date that has passed asks for nothing."""
    if NUMBER.fullmatch(wish):
        return float(wish)
    try:
        return max(0.0, (parsedate_to_datetime(wish) - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _number(wish: object) -> float | None:
    """A number of seconds, however it is written; nothing else is one."""
    return float(str(wish)) if NUMBER.fullmatch(str(wish)) else None


def _said(fields: Mapping[str, Any]) -> float | None:
    found = RESETS.search(str(fields.get("detail", "")))
    return float(found.group(1)) if found else None
