"""The webhooks of the stand-in: signed as Replicate signs them, in order, and the last one tried again."""

import base64
import hashlib
import hmac
import json
import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import requests

EVENTS = ("start", "output", "logs", "completed")
BY_DEFAULT = frozenset({"output", "completed"})
RETRIES = (1, 2, 4, 8, 16, 32)  # seconds between the tries of the last webhook: about a minute in all
TIMEOUT = 5.0  # seconds the receiver has for its answer
STALE = 600  # seconds; twice what receivers are told to tolerate
Misdelivery = Literal["", "twice", "disorder", "forged", "stale", "lost"]


def new_secret() -> str:
    """A signing secret. Standard base64: the official verifier splits it at `_` and wants two parts."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def sign(secret: str, one: str, at: int, body: bytes) -> str:
    """The signature of one webhook."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    code = hmac.new(key, f"{one}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(code).decode()


@dataclass(frozen=True, slots=True)
class Letter:
    """One webhook to send. Its id stays the same when it is sent again."""

    event: str
    body: bytes
    id: str = field(default_factory=lambda: f"msg_{secrets.token_hex(12)}")


class Courier:
    """Sends the webhooks of one prediction, in a thread of its own, so that a slow receiver holds up nobody.

    `pace` is how long a second of waiting between two tries lasts. `record` is told of each letter when its last try is
    over: its event, and the status of each try, 0 for no answer.
    """

    def __init__(
        self,
        url: str,
        wanted: frozenset[str],
        secret: str,
        *,
        pace: float,
        stop: threading.Event,
        record: Callable[[str, list[int]], None],
        misdelivery: Misdelivery = "",
    ) -> None:
        self._url = url
        self._wanted = wanted
        self._secret = new_secret() if misdelivery == "forged" else secret
        self._pace = pace
        self._stop = stop
        self._record = record
        self._misdelivery = misdelivery
        self._letters: queue.SimpleQueue[Letter] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
        self._thread.start()

    def tell(self, event: str, prediction: Mapping[str, Any]) -> None:
        """An event has happened; `prediction` is the object as it is now."""
        self._letters.put(Letter(event, json.dumps(prediction).encode()))

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, after the stand-in was stopped or the last letter was sent."""
        self._thread.join(seconds)

    def _work(self) -> None:
        held: list[Letter] = []
        with requests.Session() as session:
            session.trust_env = False
            while not self._stop.is_set():
                try:
                    letter = self._letters.get(timeout=0.05)
                except queue.Empty:
                    continue
                last = letter.event == "completed"
                if self._misdelivery == "disorder" and not last:
                    held.append(letter)
                    continue
                for one in [letter, *(held if last else ())]:
                    if one.event in self._wanted and self._misdelivery != "lost":
                        self._send(session, one)
                if last:
                    return

    def _send(self, session: requests.Session, letter: Letter) -> None:
        statuses = [self._post(session, letter)]
        if letter.event == "completed":
            for pause in RETRIES:
                if 200 <= statuses[-1] < 300 or self._stop.wait(pause * self._pace):
                    break
                statuses.append(self._post(session, letter))
            if self._misdelivery == "twice":
                statuses.append(self._post(session, letter))
        self._record(letter.event, statuses)

    def _post(self, session: requests.Session, letter: Letter) -> int:
        at = int(time.time()) - (STALE if self._misdelivery == "stale" else 0)
        headers = {
            "content-type": "application/json",
            "webhook-id": letter.id,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(self._secret, letter.id, at, letter.body),
        }
        try:
            with session.post(
                self._url, data=letter.body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                return answer.status_code
        except requests.RequestException:
            return 0
