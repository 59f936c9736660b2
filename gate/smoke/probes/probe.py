"""What a probe is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gate.smoke.lab import Lab


@dataclass(frozen=True, slots=True)
class Probe:
    """Something tried on a backend: `question` is what it asks, in words; `run` yields what it saw, for the rules.

    `run` raises ControlFailed when something does not work that has to, before it can prove anything.
    """

    name: str
    question: str
    run: Callable[[Lab], Iterator[object]]
