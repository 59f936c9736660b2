"""The predictions of the stand-in: made, worked on in the background, cancelled, listed."""

import random
import string
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from gate.standin.replicate.models import Model

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ALPHABET = string.ascii_lowercase + string.digits


def now() -> str:
    """The time as Replicate writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """26 lower-case letters and digits, as Replicate's ids are."""
    return "".join(random.choices(ALPHABET, k=26))  # noqa: S311 - an id, not a secret


@dataclass(slots=True)
class Prediction:
    """One prediction as the stand-in keeps it."""

    id: str
    model: Model
    input: Mapping[str, Any]
    base: str
    ending: Mapping[str, Any]
    status: str = "starting"
    output: Any = None
    error: str | None = None
    created_at: str = field(default_factory=now)
    started_at: str | None = None
    completed_at: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    changed: threading.Event = field(default_factory=threading.Event)
    canceled: threading.Event = field(default_factory=threading.Event)

    def work(self, latency: float) -> None:
        """Live through the prediction's life; runs in a thread of its own. `latency` is in seconds."""
        stuck = self.ending.get("status") in {"starting", "processing"}
        if self.ending.get("status") == "starting":
            return
        self.canceled.wait(latency * 0.3)
        with self.lock:
            if self.status in TERMINAL:
                return
            self.status, self.started_at = "processing", now()
        if stuck:
            return
        error = self._unreadable_input()
        self.canceled.wait(latency * 0.7)
        with self.lock:
            if self.status in TERMINAL:
                return
            if error:
                self._end("failed", error=error)
            else:
                default = f"{self.base}/__outputs/{self.id}/out.png"
                output = self.ending.get("output", default)
                if output == "text":
                    output = f"{self.base}/__outputs/{self.id}/out.txt"
                status = str(self.ending.get("status", "succeeded"))
                self._end(status, output=output if status == "succeeded" else None, error=self.ending.get("error"))

    def _end(self, status: str, *, output: object = None, error: str | None = None) -> None:
        self.status, self.output, self.error, self.completed_at = status, output, error, now()
        self.changed.set()

    def cancel(self) -> None:
        """End it, if it has not ended yet."""
        with self.lock:
            if self.status not in TERMINAL:
                self._end("canceled")
        self.canceled.set()

    def _unreadable_input(self) -> str | None:
        """Like the real model, read the images; only loopback addresses are ever fetched."""
        for name in self.model.images:
            address = self.input.get(name)
            if not isinstance(address, str) or not address.startswith(("http://", "https://", "data:")):
                return f"Prediction failed: {name} is not a valid URL"
            if urlsplit(address).hostname not in LOOPBACK:
                continue
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - loopback only, see above
                    if not answer.read(1 << 20):
                        return f"Prediction failed: {name} is empty"
            except (urllib.error.URLError, OSError, ValueError):
                return f"Prediction failed: {name} could not be downloaded"
        return None

    def body(self) -> dict[str, Any]:
        """The prediction object. A new one has neither `output` nor `data_removed`, as recorded from the real API."""
        with self.lock:
            shown: dict[str, Any] = {
                "id": self.id,
                "model": self.model.name,
                "version": "hidden" if self.model.official else self.model.version,
                "input": dict(self.input),
                "logs": "",
                "error": self.error,
                "status": self.status,
                "created_at": self.created_at,
                "urls": {
                    "cancel": f"{self.base}/v1/predictions/{self.id}/cancel",
                    "get": f"{self.base}/v1/predictions/{self.id}",
                    "web": f"{self.base}/p/{self.id}",
                },
            }
            if self.status != "starting":
                shown |= {"output": self.output, "data_removed": False, "started_at": self.started_at}
            if self.completed_at:
                took = _seconds(self.started_at or self.created_at, self.completed_at)
                metrics = {"predict_time": took, "total_time": _seconds(self.created_at, self.completed_at)}
                shown |= {"completed_at": self.completed_at, "metrics": metrics}
            return shown

    def entry(self) -> dict[str, Any]:
        """How the ledger shows it: addresses without their query, which may carry a token."""
        return {
            "id": self.id,
            "model": self.model.name,
            "status": self.status,
            "created_at": self.created_at,
            "input": {name: _without_query(value) for name, value in self.input.items()},
        }

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, at most so long."""
        ends = time.monotonic() + seconds
        while self.status not in TERMINAL and time.monotonic() < ends:
            self.changed.wait(min(0.05, seconds))


def _seconds(start: str, end: str) -> float:
    first, last = (datetime.fromisoformat(text) for text in (start, end))
    return (last - first).total_seconds()


def _without_query(value: object) -> object:
    return value.partition("?")[0][:300] if isinstance(value, str) else value
