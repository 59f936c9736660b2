"""What comes late: a charge or a prediction that a backend makes after it has answered."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

SETTLE = 1.5  # seconds that everything had to come to rest since the last look


@dataclass(frozen=True, slots=True)
class Memory:
    """Somebody's balance and number of predictions when a step or probe was over, and how to look again.

    `who` is the user's id, `balance` is None where there is none; `look` gives both as they are now.
    """

    where: str
    who: str
    balance: int | None
    predictions: int
    look: Callable[[], tuple[int | None, int]]


@dataclass(frozen=True, slots=True)
class Later:
    """What has changed for somebody since: the credits that went, and the predictions that came."""

    where: str
    credits: int
    predictions: int


def look_again(memories: Sequence[Memory]) -> Iterator[Later]:
    """Wait a moment, then compare everything with what was remembered."""
    time.sleep(SETTLE)
    # Somebody whom two probes have used is compared with what the later one left.
    for memory in {memory.who: memory for memory in memories}.values():
        balance, predictions = memory.look()
        spent = 0 if balance is None or memory.balance is None else memory.balance - balance
        yield Later(memory.where, spent, predictions - memory.predictions)


@dataclass(frozen=True, slots=True)
class Spent:
    """All predictions of a run: how many there were, how many the probes explain at most, and how many name nobody."""

    predictions: int
    ceiling: int
    unasked: int
