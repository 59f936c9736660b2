"""Opening an account many times: the starting credits come once."""

from collections.abc import Iterator
from dataclasses import dataclass

from gate.smoke.lab import WAYS, Lab
from gate.smoke.probes.probe import Probe


@dataclass(frozen=True, slots=True)
class Opened:
    """The balance of somebody who opened an account once, and of somebody who did it nine times more."""

    once: int
    often: int


def probe(lab: Lab) -> Iterator[Opened]:
    """Eight times at the same moment, then once more."""
    one = lab.somebody()
    once = lab.balance(one)
    eager = lab.staged.newcomer() if lab.staged else one
    lab.fire([lab.shot(eager, "bootstrap") for _ in range(WAYS)])
    lab.route(eager, "bootstrap", body={})
    yield Opened(once, lab.balance(eager))


PROBE = Probe("accounts", "does opening an account again grant credits again?", probe, anywhere=True)
