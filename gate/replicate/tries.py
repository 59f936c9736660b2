"""Calls something again until it works: how often, how long, and what is noted of each attempt."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_any
from tenacity.stop import stop_base

from gate.errors import GateError
from gate.replicate.errors import ReplicateError
from gate.replicate.waiting import Backoff

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retry:
    """When to give up. `base` and `deadline` are seconds; `timeout` is (connect, whole answer) of one attempt."""

    attempts: int = 5
    base: float = 1.0
    deadline: float = 60.0
    timeout: tuple[float, float] = (5.0, 30.0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A line of diagnostics: one request and its answer. `seconds` is how long it took, `wait` the pause behind it."""

    method: str
    path: str
    number: int
    status: int | None
    problem: str
    seconds: float
    wait: float


@dataclass(slots=True)
class Clock:
    """Time and sleep, so that tests need not wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class StopBefore(stop_base):
    """Stops when the next wait would end behind a moment, instead of sleeping for nothing."""

    def __init__(self, clock: Clock, ends: float) -> None:
        self._clock = clock
        self._ends = ends

    def __call__(self, retry_state: RetryCallState) -> bool:
        """Whether to give up now."""
        return self._clock.now() + retry_state.upcoming_sleep > self._ends


class Tries:
    """The retry strategy of one client."""

    def __init__(self, retry: Retry, clock: Clock, chance: random.Random, note: Callable[[Attempt], None]) -> None:
        self._retry = retry
        self._clock = clock
        self._backoff = Backoff(retry.base, chance)
        self._note = note

    def __call__(self, method: str, path: str, once: Callable[[], T], ends: float) -> T:
        """What `once` gives when it works, after at most `attempts` calls and no wait that would end behind `ends`."""
        shown = path.partition("?")[0]
        number, took = 0, 0.0

        def timed() -> T:
            nonlocal number, took
            number += 1
            began = self._clock.now()
            try:
                return once()
            finally:
                took = self._clock.now() - began

        def noted(problem: BaseException | None, wait: float) -> None:
            status = problem.status if isinstance(problem, ReplicateError) else None
            self._note(Attempt(method, shown, number, status, str(problem or ""), took, wait))

        def before_sleep(state: RetryCallState) -> None:
            noted(state.outcome.exception() if state.outcome else None, state.upcoming_sleep)

        retrying = Retrying(
            stop=stop_any(stop_after_attempt(self._retry.attempts), StopBefore(self._clock, ends)),
            wait=self._backoff,
            retry=retry_if_exception(lambda problem: isinstance(problem, ReplicateError) and problem.retryable),
            sleep=self._clock.sleep,
            before_sleep=before_sleep,
            reraise=True,
        )
        try:
            found = retrying(timed)
        except GateError as problem:
            noted(problem, 0.0)
            raise
        noted(None, 0.0)
        return found
