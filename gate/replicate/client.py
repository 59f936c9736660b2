"""A client for Replicate's HTTP API that retries with care and never makes two predictions for one job."""

import contextlib
import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

from gate.errors import ConfigError
from gate.replicate.answer import read_answer, unanswered
from gate.replicate.errors import Fate, OutcomeUnknown, ReplicateError
from gate.replicate.marker import holds
from gate.replicate.prediction import Prediction, read_prediction
from gate.replicate.session import new_session
from gate.replicate.tries import Attempt, Clock, Retry, Tries

API = "https://api.replicate.com"
CANCEL_AFTER = "10m"  # bounds the cost of a prediction whose id was lost
LAST_WORD = 15.0  # seconds that settling a create, or ending a prediction, may take behind the deadline
PRINTABLE = re.compile(r"[!-~]+")


class Client:
    """Replicate for one token. Safe to use from one thread at a time; the token never shows in repr, notes or errors.

    `base_url` is the API's address without `/v1`. `note` is called with each attempt, for diagnostics. Raises ConfigError
    for a token or an address that cannot be one.
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
        self._token = token.strip()  # a token read from a file brings its newline
        if not PRINTABLE.fullmatch(self._token):
            raise ConfigError("the Replicate token is empty or holds characters that no token has")
        self._base = base_url.rstrip("/").removesuffix("/v1")
        if not re.match(r"https?://[^/@\s]+$", self._base):
            raise ConfigError(f"the Replicate address {self._base!r} is not of the form https://host")
        self._retry = retry or Retry()
        self._clock = clock or Clock()
        self._chance = chance or random.Random()  # noqa: S311 - jitter, not a secret
        self._tries = Tries(self._retry, self._clock, self._chance, note)
        self._session = new_session()
        self._session.headers["Authorization"] = f"Bearer {self._token}"

    def __repr__(self) -> str:
        return f"Client({self._base})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of kept connections; the client may still be used."""
        self._session.close()

    # -- what a backend calls -------------------------------------------------------------------------------------
    def account(self) -> Mapping[str, Any]:
        """The account behind the token; the cheapest way to learn whether the token works."""
        body = self._again("GET", "/v1/account", self._until())
        return body if isinstance(body, Mapping) else {}

    def model(self, name: str) -> Mapping[str, Any]:
        """A model, `owner/name`, or one version of it, `owner/name:version`. Looking costs nothing."""
        model, _, version = name.partition(":")
        path = f"/v1/models/{quote(model)}" + (f"/versions/{quote(version, safe='')}" if version else "")
        body = self._again("GET", path, self._until())
        return body if isinstance(body, Mapping) else {}

    def run(
        self,
        version: str,
        given: Mapping[str, Any],
        *,
        marker: str | None,
        on_start: Callable[[str], None],
        deadline: float = 600.0,
        webhook: str | None = None,
    ) -> Prediction:
        """Create, wait, and return the ended prediction.

        `on_start` gets the id as soon as it is known: store it before anything else, so that a second run polls it.
        `webhook` is an address of yours that is told of the end as well.
        Raises ReplicateError, OutcomeUnknown or, from `.result()` of what is returned, PredictionFailed.
        """
        prediction = self._start(version, given, marker=marker, webhook=webhook)
        on_start(prediction.id)
        return self._poll(prediction.id, deadline=deadline)

    def get(self, prediction: str) -> Prediction:
        """A prediction as it is now."""
        return self._get(prediction, self._until())

    def recent(self, since: datetime) -> Iterator[Prediction]:
        """The account's predictions made since then (a time with its zone), newest first."""
        yield from self._recent(since, self._until())

    def cancel(self, prediction: str) -> Prediction:
        """Ask for the end of a prediction."""
        return self._cancel(prediction, self._until())

    def wait(self, prediction: str, *, deadline: float = 600.0) -> Prediction:
        """Poll a prediction until it ends; at the deadline it is cancelled and read once more."""
        return self._poll(prediction, deadline=deadline)

    # -- the three that the retry strategy is about ---------------------------------------------------------------
    def _http(
        self,
        method: str,
        url: str,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        ends: float = float("inf"),
    ) -> object:
        """One attempt: the parsed body of a 2xx, or ReplicateError with the request's fate.

        Its timeouts are cut to what is left until `ends`.
        """
        address = url if urlsplit(url).scheme else f"{self._base}{url}"
        if urlsplit(address)[:2] != urlsplit(self._base)[:2]:
            raise ReplicateError("the token goes to the API host only; that address is another's", fate=Fate.REJECTED)
        left = max(1.0, ends - self._clock.now())
        connect, read = (min(seconds, left) for seconds in self._retry.timeout)
        try:
            answer = self._session.request(
                method,
                address,
                json=data,
                headers=headers,
                timeout=(connect, read),
                allow_redirects=False,
                stream=True,
            )
            with answer:
                return read_answer(answer, self._token)
        except ReplicateError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, a paid create must not escape the loop as a surprise
            problem = unanswered(fault)
        # Raised out here, so that the fault, which knows the request and its token, does not hang on the error.
        raise problem

    def _start(
        self, version: str, given: Mapping[str, Any], *, marker: str | None, webhook: str | None = None
    ) -> Prediction:
        """Create one prediction, whatever the network does.

        A create whose fate is unknown is looked for by `marker`, a text that stands by itself in its input, in the list
        of recent predictions: before the next create, and once more when it was the last. What is found is adopted.
        Without such a marker there is no second create: OutcomeUnknown.
        """
        since = datetime.now(UTC) - timedelta(seconds=5)
        ends = self._until()
        official = "/" in version and ":" not in version
        path = f"/v1/models/{version}/predictions" if official else "/v1/predictions"
        body: dict[str, Any] = {"input": dict(given)}
        if not official:
            body["version"] = version.rpartition(":")[2]
        if webhook:
            body |= {"webhook": webhook, "webhook_events_filter": ["completed"]}
        findable = marker if marker and holds(given, marker) else None
        unsettled = False

        def once() -> Prediction:
            nonlocal unsettled
            # The look comes after the pause and not before it: a create may still be on its way into the list.
            adopted = self._reconcile(findable, since, ends) if unsettled and findable else None
            if adopted:
                return adopted
            try:
                return read_prediction(self._http("POST", path, body, {"Cancel-After": CANCEL_AFTER}, ends=ends))
            except ReplicateError as problem:
                unsettled = unsettled or problem.fate is Fate.UNKNOWN
                if unsettled and not findable:
                    raise OutcomeUnknown(_unknown(problem, since)) from None
                raise

        try:
            return self._tries("POST", path, once, ends)
        except ReplicateError:
            if not unsettled or not findable:
                raise
            pause = self._retry.base * self._chance.uniform(0.8, 1.2)
            if self._clock.now() + pause <= ends:
                self._clock.sleep(pause)
            adopted = self._reconcile(findable, since, ends)
            if adopted:
                return adopted
            raise

    def _poll(self, prediction: str, *, deadline: float = 600.0) -> Prediction:
        """Read a prediction, at growing distances, until it has ended; at the deadline cancel it and read once more."""
        ends = self._clock.now() + deadline
        pause = 0.2
        while True:
            found = self._get(prediction, min(self._until(), ends))
            if found.ended:
                return found
            if self._clock.now() + pause > ends:
                break
            self._clock.sleep(pause)
            pause = min(pause * 1.5, 5.0)
        # What matters is how the prediction stands now; whether the cancel was heard, the last read tells.
        with contextlib.suppress(ReplicateError):
            self._cancel(prediction, self._clock.now() + LAST_WORD)
        return self._get(prediction, self._clock.now() + LAST_WORD)

    # -- what they are made of ------------------------------------------------------------------------------------
    def _reconcile(self, marker: str, since: datetime, ends: float) -> Prediction | None:
        """The newest own prediction made since then whose input holds the marker."""
        ends = max(ends, self._clock.now() + LAST_WORD)
        try:
            return next((found for found in self._recent(since, ends) if holds(found.input, marker)), None)
        except ReplicateError as problem:
            raise OutcomeUnknown(_unknown(problem, since)) from None

    def _recent(self, since: datetime, ends: float) -> Iterator[Prediction]:
        path: str | None = f"/v1/predictions?created_after={since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        seen: set[str] = set()
        while path and path not in seen:
            seen.add(path)
            page = self._again("GET", path, ends)
            if not isinstance(page, Mapping) or not isinstance(page.get("results"), list):
                raise ReplicateError("Replicate answered with something that is no list", fate=Fate.UNKNOWN)
            for entry in page["results"]:
                found = read_prediction(entry)
                if found.made_before(since):  # newest first: the rest is older still
                    return
                yield found
            following = page.get("next")
            path = following if isinstance(following, str) else None

    def _get(self, prediction: str, ends: float) -> Prediction:
        path = f"/v1/predictions/{quote(prediction, safe='')}"
        return self._tries("GET", path, lambda: read_prediction(self._http("GET", path, ends=ends)), ends)

    def _cancel(self, prediction: str, ends: float) -> Prediction:
        path = f"/v1/predictions/{quote(prediction, safe='')}/cancel"
        return self._tries("POST", path, lambda: read_prediction(self._http("POST", path, ends=ends)), ends)

    def _again(self, method: str, path: str, ends: float) -> object:
        return self._tries(method, path, lambda: self._http(method, path, ends=ends), ends)

    def _until(self) -> float:
        return self._clock.now() + self._retry.deadline


def _unknown(problem: ReplicateError, since: datetime) -> str:
    return (
        f"a prediction may or may not have been created between {since:%Y-%m-%d %H:%M:%S} UTC and now, and it cannot be"
        f" looked for ({problem})"
    )
