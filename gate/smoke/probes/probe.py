"""What a probe is, and what it may cost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gate.config import SmokeConfig
from gate.smoke.lab import Lab
from gate.smoke.words import count


class Cost(NamedTuple):
    """What a sound backend spends at most."""

    credits: int
    predictions: int

    def __str__(self) -> str:
        return f"{count(self.credits, 'credit')}, {count(self.predictions, 'prediction')}"


@dataclass(frozen=True, slots=True)
class Probe:
    """Something tried on a backend: `question` is what it asks, in words; `run` yields what it saw, for the rules.

    `run` raises ControlFailed when something does not work that has to, before it can prove anything, and LeftOut where
    there is nothing to try. `paid` is how many jobs a sound backend makes of it, `unpaid` how many predictions more, of jobs
    that fail and give their price back; `every_kind` says that it runs one job of each kind besides. `anywhere` says that it
    needs no stand-ins and costs nothing, so that a backend which runs already can be asked as well.
    """

    name: str
    question: str
    run: Callable[[Lab], Iterator[object]]
    paid: int = 0
    unpaid: int = 0
    every_kind: bool = False
    anywhere: bool = False

    def cost(self, said: SmokeConfig) -> Cost:
        """What it spends at most."""
        kinds = said.prices if self.every_kind else {}
        credit = self.paid * said.prices.get(said.kind, 0) + sum(kinds.values())
        return Cost(credit, self.paid + self.unpaid + len(kinds))


def total(costs: list[Cost]) -> Cost:
    """What several spend together."""
    return Cost(sum(one.credits for one in costs), sum(one.predictions for one in costs))
