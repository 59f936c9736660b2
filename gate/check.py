"""What a check is, and what the runner lends it while it works."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

from gate.config import Config
from gate.errors import Incomplete
from gate.finding import Hit, Severity
from gate.page import Example
from gate.waiver import Waiver, find_doubt


class Check(Protocol):
    """One of the four. It yields subjects; every rule of its package is put to each of them."""

    @property
    def name(self) -> str:
        """The word the user types."""

    @property
    def summary(self) -> str:
        """What it does, in half a sentence."""

    @property
    def rules_package(self) -> str:
        """Where its rules are, as in `gate.audit.rules`."""

    def subjects(self, context: "Context") -> Iterator[object]:
        """Everything there is to judge. Raises Incomplete or InputError when it cannot say."""

    def example(self, example: Example) -> Iterator[object]:
        """The subjects of one example of a rule's page."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Something a check saw and could not judge, with the reason.

    `blocking` says that without it there is no verdict, unless the project has `waived` it.
    """

    what: str
    why: str
    blocking: bool = False
    waived: Waiver | None = None


class Judged(NamedTuple):
    """A hit with the rule that yielded it, and its fingerprint, in which the hit's statement is no longer to be read."""

    rule: str
    severity: Severity
    hit: Hit
    identity: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a check saw in a run that came to its end."""

    hits: tuple[Judged, ...]
    count: int
    evidence: Mapping[str, Any]
    not_judged: tuple[Unjudged, ...]


class Memory(Protocol):
    """What an earlier run saw, if it looked at the very same."""

    def recall(self) -> Seen | None:
        """What it saw, None where nothing is known."""

    def keep(self, seen: Seen) -> None:
        """Keep what this run saw for the next one."""


@runtime_checkable
class Remembering(Protocol):
    """A check that need not look again where nothing has changed."""

    def memory(self, config: Config) -> Memory | None:
        """What is known of the project; None where nothing is kept."""


@dataclass(slots=True)
class Context:
    """The runner's side of a running check: its configuration, its clock, its notebook and its cleanups.

    A check runs in a thread of its own. When time is up or the user interrupts, the runner calls every cleanup from
    another thread, so each must be idempotent and safe to call while the check still works.
    """

    config: Config
    progress: Callable[[str], None] = lambda _text: None
    deadline: float = float("inf")
    evidence: dict[str, Any] = field(default_factory=dict)
    not_judged: list[Unjudged] = field(default_factory=list)
    count: int = 0
    known: frozenset[str] | None = None  # fingerprints of what was found before the newer files came
    _closers: list[Callable[[], object]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def remaining(self) -> float:
        """Seconds left until the check's deadline, never below zero."""
        return max(0.0, self.deadline - time.monotonic())

    def record(self, key: str, value: object) -> None:
        """Keep a JSON value as evidence for the reports."""
        self.evidence[key] = value

    def unjudged(self, what: str, why: str, *, blocking: bool = False) -> None:
        """Say that something was seen and not judged; it is listed in every report.

        With `blocking` the check goes on to its end and is incomplete then: what was left out could hold anything.
        """
        self.not_judged.append(Unjudged(what, why, blocking, find_doubt(self.config.waive, what) if blocking else None))

    def examined(self, number: int = 1) -> None:
        """Add to the count of things looked at. A check that examined nothing cannot say anything."""
        self.count += number

    def closing(self, closer: Callable[[], object]) -> None:
        """Have `closer` called when the check ends, however it ends; at once if it has ended already."""
        with self._lock:
            if not self._closed:
                self._closers.append(closer)
                return
        closer()
        raise Incomplete("the check was stopped")

    def close(self) -> None:
        """Run the cleanups, newest first, each even if another one fails."""
        with self._lock:
            self._closed = True
            closers, self._closers = self._closers[::-1], []
        for closer in closers:
            try:
                closer()
            except Exception as fault:  # noqa: BLE001 - one stuck cleanup must not keep the next from running
                self.unjudged("cleanup", f"{type(fault).__name__} while stopping")
