"""A client for Replicate's HTTP API that retries with care and never makes two predictions for one job."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_any
from tenacity.stop import stop_base
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from gate.replicate.errors import Fate, OutcomeUnknown, ReplicateError
from gate.replicate.prediction import Prediction, read_prediction
from gate.replicate.waiting import Backoff, asked_delay

T = TypeVar("T")
API = "https://api.replicate.com"
BODY_LIMIT = 10 << 20
WORDS_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Retry:
    """When to give up. `base` and `deadline` are seconds; `timeout` is (connect, read) of one attempt."""

    attempts: int = 5
    base: float = 1.0
    deadline: float = 60.0
    timeout: tuple[float, float] = (5.0, 30.0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A line of diagnostics: one request, its answer, and the wait that follows it in seconds."""

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


class _StopBeforeDeadline(stop_base):
    """Stops when the next wait would end behind the deadline, instead of sleeping for nothing."""

    def __init__(self, clock: Clock, deadline: float) -> None:
        self._clock = clock
        self._ends = clock.now() + deadline

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._clock.now() + retry_state.upcoming_sleep > self._ends


class Client:
    """Replicate for one token. Safe to use from one thread at a time; the token never shows in repr, logs or errors.

    `base_url` is the API's address without `/v1`. `note` is called with each attempt, for diagnostics.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = API,
        retry: Retry | None = None,
        clock: Clock | None = None,
        chance: random.Random | None = None,
        note: Callable[[Attempt], None] = lambda _attempt: None,
    ) -> None:
        self._base = base_url.rstrip("/").removesuffix("/v1")
        self._retry = retry or Retry()
        self._clock = clock or Clock()
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not a secret
        self._note = note
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy or a .netrc of the host must not see or change the token
        self._session.headers["Authorization"] = f"Bearer {token}"

    def __repr__(self) -> str:
        return f"Client({self._base})"

    # -- what a backend calls -------------------------------------------------------------------------------------
    def account(self) -> Mapping[str, Any]:
        """The account behind the token; the cheapest way to learn whether the token works."""
        body = self._with_retry("GET", "/v1/account")
        return body if isinstance(body, Mapping) else {}

    def run(
        self, version: str, given: Mapping[str, Any], *, marker: str | None, on_start: Callable[[str], None]
    ) -> Prediction:
        """Create, wait, and return the ended prediction.

        `on_start` gets the id as soon as it is known: store it before anything else, so that a second run polls it.
        Raises ReplicateError, OutcomeUnknown or, from `.result()` of what is returned, PredictionFailed.
        """
        prediction = self._start(version, given, marker=marker)
        on_start(prediction.id)
        return self._poll(prediction.id)

    def get(self, prediction: str) -> Prediction:
        """A prediction as it is now."""
        return read_prediction(self._with_retry("GET", f"/v1/predictions/{prediction}"))

    def recent(self, since: datetime) -> Iterator[Prediction]:
        """The account's predictions made since then (a time with its zone), newest first."""
        path: str | None = f"/v1/predictions?created_after={since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        while path:
            page = self._with_retry("GET", path)
            if not isinstance(page, Mapping) or not isinstance(page.get("results"), list):
                raise ReplicateError("Replicate answered with something that is no list", fate=Fate.UNKNOWN)
            yield from (read_prediction(entry) for entry in page["results"])
            following = page.get("next")
            path = following if isinstance(following, str) else None

    def cancel(self, prediction: str) -> Prediction:
        """Ask for the end of a prediction."""
        return read_prediction(self._with_retry("POST", f"/v1/predictions/{prediction}/cancel"))

    def wait(self, prediction: str, *, deadline: float = 600.0) -> Prediction:
        """Poll a prediction until it ends; at the deadline it is cancelled and read once more."""
        return self._poll(prediction, deadline=deadline)

    # -- the three that the retry strategy is about ---------------------------------------------------------------
    def _http(
        self, method: str, url: str, data: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> object:
        """One attempt: the parsed body of a 2xx, or ReplicateError with the request's fate."""
        address = url if urlsplit(url).scheme else f"{self._base}{url}"
        if urlsplit(address).netloc != urlsplit(self._base).netloc:
            raise ReplicateError(
                "the token goes to the API host only; that address is another's", fate=Fate.NOT_SENT, status=400
            )
        try:
            answer = self._session.request(
                method,
                address,
                json=data,
                headers=headers,
                timeout=self._retry.timeout,
                allow_redirects=False,
                stream=True,
            )
            with answer:
                raw = answer.raw.read(BODY_LIMIT + 1, decode_content=True)
        except requests.RequestException as fault:
            raise ReplicateError(f"no answer from Replicate ({type(fault).__name__})", fate=_fate(fault)) from None
        except Exception as fault:  # noqa: BLE001 - urllib3 raises its own kinds while a body is read
            raise ReplicateError(f"the answer broke off ({type(fault).__name__})", fate=Fate.UNKNOWN) from None
        length = answer.headers.get("Content-Length", "")
        cut = length.isdigit() and not answer.headers.get("Content-Encoding") and len(raw) < int(length)
        if len(raw) > BODY_LIMIT or cut:
            raise ReplicateError("the answer was cut short or is far too large", fate=Fate.UNKNOWN)
        return _read(answer, raw)

    def _start(self, version: str, given: Mapping[str, Any], *, marker: str | None) -> Prediction:
        """Create one prediction, whatever the network does.

        A create whose fate is unknown is looked for in the list of recent predictions by `marker`, a text that stands in
        its input, and adopted. Without a marker it is not tried again: OutcomeUnknown.
        """
        since = datetime.now(UTC) - timedelta(seconds=5)
        official = "/" in version and ":" not in version
        path = f"/v1/models/{version}/predictions" if official else "/v1/predictions"
        body = {"input": dict(given)} if official else {"version": version.rpartition(":")[2], "input": dict(given)}

        def once() -> Prediction:
            try:
                return read_prediction(self._http("POST", path, body, {"Cancel-After": "10m"}))
            except ReplicateError as problem:
                if problem.fate is not Fate.UNKNOWN:
                    raise
                if marker is None:
                    message = f"{problem}; the input carries no marker, so it is not known whether a prediction runs"
                    raise OutcomeUnknown(message) from None
                adopted = self._reconcile(marker, since)
                if adopted is None:
                    raise
                return adopted

        try:
            return self._again("POST", path, once)
        except ReplicateError as problem:
            if problem.fate is Fate.UNKNOWN and marker is not None:
                adopted = self._reconcile(marker, since)
                if adopted is not None:
                    return adopted
            raise

    def _poll(self, prediction: str, *, deadline: float = 600.0) -> Prediction:
        """Read a prediction, at growing distances, until it has ended; at the deadline cancel it and read once more."""
        ends = self._clock.now() + deadline
        pause = 0.5
        while True:
            found = self.get(prediction)
            if found.ended:
                return found
            if self._clock.now() + pause > ends:
                self.cancel(prediction)
                return self.get(prediction)
            self._clock.sleep(pause)
            pause = min(pause * 1.5, 5.0)

    def _reconcile(self, marker: str, since: datetime) -> Prediction | None:
        """The newest own prediction made since then whose input holds the marker."""
        try:
            return next((found for found in self.recent(since) if _holds(found.input, marker)), None)
        except ReplicateError as problem:
            message = f"a prediction may or may not have been created, and the list cannot be read ({problem})"
            raise OutcomeUnknown(message) from None

    # -- retrying -------------------------------------------------------------------------------------------------
    def _with_retry(self, method: str, path: str) -> object:
        return self._again(method, path, lambda: self._http(method, path))

    def _again(self, method: str, path: str, once: Callable[[], T]) -> T:
        """Call `once` until it works, at most `attempts` times, noting each failure and the wait behind it."""
        shown = path.partition("?")[0]
        began = self._clock.now()

        def noted(state: RetryCallState) -> None:
            problem = state.outcome.exception() if state.outcome else None
            status = problem.status if isinstance(problem, ReplicateError) else None
            spent = self._clock.now() - began
            self._note(
                Attempt(method, shown, state.attempt_number, status, str(problem or ""), spent, state.upcoming_sleep)
            )

        retrying = Retrying(
            stop=stop_any(
                stop_after_attempt(self._retry.attempts), _StopBeforeDeadline(self._clock, self._retry.deadline)
            ),
            wait=Backoff(self._retry.base, self._chance),
            retry=retry_if_exception(lambda problem: isinstance(problem, ReplicateError) and problem.retryable),
            sleep=self._clock.sleep,
            before_sleep=noted,
            reraise=True,
        )
        return retrying(once)


def _read(answer: requests.Response, raw: bytes) -> object:
    """The body of a 2xx, or the error that the status means."""
    try:
        body = json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        body = None
    status = answer.status_code
    if 200 <= status < 300:
        if raw and body is None:
            raise ReplicateError("Replicate's answer is not JSON", fate=Fate.UNKNOWN)
        return body
    fields = body if isinstance(body, Mapping) else {}
    words = " ".join(str(fields.get("detail") or fields.get("title") or answer.reason or "").split())[:WORDS_LIMIT]
    raise ReplicateError(
        f"Replicate answered {status}: {words}",
        fate=Fate.REJECTED if status < 500 else Fate.UNKNOWN,
        status=status,
        retry_after=asked_delay(answer.headers, body),
        title=str(fields.get("title") or ""),
    )


def _fate(fault: requests.RequestException) -> Fate:
    """Whether the request can have reached the server at all."""
    if isinstance(fault, requests.ConnectTimeout):
        return Fate.NOT_SENT
    reason = getattr(fault.args[0], "reason", None) if fault.args else None
    return Fate.NOT_SENT if isinstance(reason, NewConnectionError | ConnectTimeoutError) else Fate.UNKNOWN


def _holds(given: object, marker: str) -> bool:
    """Whether the marker stands as a whole in some text of the input: no letter or digit may adjoin it."""
    return any(_whole(text, marker) for text in _texts(given))


def _whole(text: str, marker: str) -> bool:
    at = text.find(marker)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(marker) : at + len(marker) + 1]
        if not any(character.isalnum() for character in around):
            return True
        at = text.find(marker, at + 1)
    return False


def _texts(given: object) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, Mapping):
        for value in given.values():
            yield from _texts(value)
    elif isinstance(given, list):
        for value in given:
            yield from _texts(value)
