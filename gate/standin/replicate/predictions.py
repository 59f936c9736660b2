"""The predictions of the stand-in: made, worked on in the background, cancelled, shown."""

import base64
import binascii
import random
import string
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from gate.standin.replicate.models import Model

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ALPHABET = string.ascii_lowercase + string.digits
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
INPUT_LIMIT = 100 << 20
FOREIGN = "http://198.51.100.7/out.png"  # an address of the range that is kept for documentation
HALF, DONE = " 50%|█████     | 1/2 [00:00<00:00]\n", "100%|██████████| 2/2 [00:00<00:00]\n"


def stamp(moment: datetime) -> str:
    """A time as Replicate writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """26 lower-case letters and digits, as Replicate's ids are."""
    return "".join(random.choices(ALPHABET, k=26))  # noqa: S311 - an id, not a secret


@dataclass(slots=True)
class Order:
    """What was asked for. `lifetime` is in seconds, `ending` is what a fault makes of the end."""

    model: Model
    input: Mapping[str, Any]
    deployment: str | None = None
    lifetime: float | None = None
    webhook: str | None = None
    webhook_events: tuple[str, ...] | None = None
    ending: Mapping[str, Any] = field(default_factory=dict)


class Prediction:
    """One prediction as the stand-in keeps it.

    `tell` is called with each event and the object at that time; `kept` gives the content of the stand-in's own files.
    """

    def __init__(
        self,
        order: Order,
        base: str,
        *,
        kept: Callable[[str], bytes | None] = lambda _address: None,
        pace: float = 1.0,
    ) -> None:
        self.id = new_id()
        self.order = order
        self.made = datetime.now(UTC)
        self.tell: Callable[[str, Mapping[str, Any]], None] = lambda _event, _body: None
        self._base = base
        self._kept = kept
        self._status = "starting"
        self._output: Any = None
        self._error: str | None = None
        self._logs = ""
        self._started: datetime | None = None
        self._completed: datetime | None = None
        self._stopped = False
        self._ends = None if order.lifetime is None else time.monotonic() + order.lifetime * pace
        self._changed = threading.Condition(threading.RLock())

    # -- its life -------------------------------------------------------------------------------------------------
    def work(self, latency: float) -> None:
        """Live through the prediction's life; runs in a thread of its own. `latency` is in seconds."""
        ending = self.order.ending
        status = str(ending.get("status", "succeeded"))
        if not self._pass(None if status == "starting" else latency * 0.3):
            return
        if status == "aborted":
            self.end("aborted")
            return
        with self._changed:
            self._status = "processing" if status in TERMINAL else status
            self._started, self._logs = datetime.now(UTC), HALF
            self._changed.notify_all()
        self._say("start")
        self._say("logs")
        error = self._unreadable_input()
        if not self._pass(latency * 0.7 if status in TERMINAL else None):
            return
        if error and not ending:
            self.end("failed", error=error)
        elif status == "succeeded":
            output = self._made_output(str(ending.get("output", "image")))
            with self._changed:
                self._output, self._logs = output, HALF + DONE
            if output:
                self._say("output")
            self.end("succeeded")
        else:
            self.end(status, error=ending.get("error"))

    def end(self, status: str, *, error: str | None = None) -> None:
        """End it, if it has not ended yet."""
        with self._changed:
            if self._status in TERMINAL:
                return
            self._status, self._error, self._completed = status, error, datetime.now(UTC)
            self._changed.notify_all()
        self._say("completed")

    def stop(self) -> None:
        """Let go of everybody who works on it or waits for it; it stays as it is."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._over, seconds)

    @property
    def _over(self) -> bool:
        return self._stopped or self._status in TERMINAL

    def _pass(self, seconds: float | None) -> bool:
        """Let time pass; None is for ever. False when the prediction has ended meanwhile, by its deadline too."""
        left = None if self._ends is None else self._ends - time.monotonic()
        due = left is not None and (seconds is None or left < seconds)
        with self._changed:
            if self._changed.wait_for(lambda: self._over, left if due else seconds):
                return False
            if due:
                self.end("aborted" if self._status == "starting" else "canceled")
        return not due

    def _say(self, event: str) -> None:
        self.tell(event, self.body())

    # -- what it reads and makes ----------------------------------------------------------------------------------
    def _unreadable_input(self) -> str | None:
        """Like the real model, look at the images."""
        for name in self.order.model.images:
            address = self.order.input.get(name)
            if not isinstance(address, str) or not address.startswith(("http://", "https://", "data:")):
                return f"Prediction failed: {name} is not a valid URL"
            try:
                content = self._fetched(address)
            except (requests.RequestException, ValueError):
                return f"Prediction failed: {name} could not be downloaded"
            if content is not None and not content.startswith(PICTURES):
                return f"Prediction failed: cannot identify image file {name}"
        return None

    def _fetched(self, address: str) -> bytes | None:
        """The content behind an address. Only loopback is ever fetched: of any other address nothing is known (None)."""
        if address.startswith("data:"):
            try:
                return base64.b64decode(address.partition(",")[2])
            except binascii.Error as fault:
                raise ValueError("not base64") from fault
        own = self._kept(address)
        if own is not None or urlsplit(address).hostname not in LOOPBACK:
            return own
        with requests.Session() as session:
            session.trust_env = False
            with session.get(address, timeout=5, allow_redirects=False, stream=True) as answer:
                answer.raise_for_status()
                return bytes(answer.raw.read(INPUT_LIMIT, decode_content=True))

    def _made_output(self, kind: str) -> object:
        folder = f"{self._base}/__outputs/{self.id}"
        match kind:
            case "images":
                return [f"{folder}/out-0.png", f"{folder}/out-1.png"]
            case "text":
                return f"{folder}/out.txt"
            case "foreign":
                return FOREIGN
            case "none" | "missing" | "removed":
                return None
        return f"{folder}/out.png"

    # -- how it is shown ------------------------------------------------------------------------------------------
    def body(self) -> dict[str, Any]:
        """The prediction object. A new one has neither `output` nor `data_removed`, as recorded from the real API."""
        with self._changed:
            shown = self._always()
            if self._status != "starting":
                shown |= {"output": self._output, "data_removed": False}
                shown["started_at"] = stamp(self._started) if self._started else None
            if self._completed:
                total = (self._completed - self.made).total_seconds()
                running = (self._completed - self._started).total_seconds() if self._started else 0.0
                shown["completed_at"] = stamp(self._completed)
                shown["metrics"] = {"predict_time": running, "total_time": total}
                match self.order.ending.get("output"):
                    case "missing":
                        del shown["output"]
                    case "removed":
                        shown |= {"data_removed": True, "input": {}, "logs": ""}
            return shown

    def sync_body(self) -> dict[str, Any]:
        """The object as an answer to `Prefer: wait`: its output is there, and it still says `processing`."""
        shown = self.body()
        if shown["status"] == "succeeded" and shown.get("output"):
            shown["status"] = "processing"
            del shown["metrics"], shown["completed_at"]
        return shown

    def _always(self) -> dict[str, Any]:
        order = self.order
        shown: dict[str, Any] = {
            "id": self.id,
            "model": order.model.name,
            "version": "hidden" if order.model.official else order.model.version,
            "input": dict(order.input),
            "logs": self._logs,
            "error": self._error,
            "status": self._status,
            "created_at": stamp(self.made),
            "urls": {
                "cancel": f"{self._base}/v1/predictions/{self.id}/cancel",
                "get": f"{self._base}/v1/predictions/{self.id}",
                "web": f"{self._base}/p/{self.id}",
            },
        }
        if order.deployment:
            shown["deployment"] = order.deployment
        if order.lifetime is not None:
            shown["deadline"] = stamp(self.made + timedelta(seconds=order.lifetime))
        if order.webhook:
            shown["webhook"] = order.webhook
        if order.webhook_events is not None:
            shown["webhook_events_filter"] = list(order.webhook_events)
        return shown

    def entry(self) -> dict[str, Any]:
        """How the ledger shows it: addresses without what may be a token in them."""
        with self._changed:
            return {
                "id": self.id,
                "model": self.order.model.name,
                "status": self._status,
                "created_at": stamp(self.made),
                "input": _without_query(self.order.input),
            }


def _without_query(value: object) -> object:
    match value:
        case str() if value.startswith(("http://", "https://")):
            parts = urlsplit(value)
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:300]
        case str():
            return value[:300]
        case Mapping():
            return {name: _without_query(one) for name, one in value.items()}
        case list():
            return [_without_query(one) for one in value]
    return value
