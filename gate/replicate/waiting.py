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

RESETS = re.compile(r"(?:resets in ~?|available in )(\d+(?:\.\d+)?)\s*s", re.IGNORECASE)
JITTER = 0.2


class Backoff(wait_base):
    """`base` times two to the attempt, within 20 %; the server's delay is a floor, with jitter upward only."""

    def __init__(self, base: float, chance: random.Random) -> None:
        self._base = base
        self._chance = chance

    def __call__(self, retry_state: RetryCallState) -> float:
        """Seconds until the next attempt."""
        own: float = self._base * 2 ** (retry_state.attempt_number - 1) * self._chance.uniform(1 - JITTER, 1 + JITTER)
        problem = retry_state.outcome.exception() if retry_state.outcome else None
        asked = problem.retry_after if isinstance(problem, ReplicateError) else None
        if asked is None:
            return own
        return max(own, asked * self._chance.uniform(1, 1 + JITTER / 4))


def asked_delay(headers: Mapping[str, str], body: object, now: datetime | None = None) -> float | None:
    """The delay a server asks for, in seconds: Retry-After, then the body's field or words, then ratelimit-reset."""
    wish = headers.get("Retry-After", "")
    if wish:
        try:
            return max(0.0, float(wish))
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(wish) - (now or datetime.now(UTC))).total_seconds())
        except (ValueError, TypeError):
            pass
    fields: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    value = fields.get("retry_after")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return max(0.0, float(value))
    words = RESETS.search(str(fields.get("detail", "")))
    if words:
        return float(words.group(1))
    reset = headers.get("ratelimit-reset", "")
    return float(reset) if re.fullmatch(r"\d+(\.\d+)?", reset) else None
