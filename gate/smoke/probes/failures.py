"""What goes wrong at the provider: a failure gives the price back, once, and a lost answer makes no second prediction."""

from collections.abc import Iterator
from dataclasses import dataclass

from gate.smoke.contract import SUCCEEDED
from gate.smoke.lab import WAYS, Lab
from gate.smoke.probes.probe import Probe

FAILURES = (
    "prediction-failed",
    "prediction-canceled",
    "prediction-aborted",
    "prediction-succeeds-empty",
    "prediction-not-an-image",
    "create-402",
    "create-422",
)
LOSSES = ("create-accepted-then-502", "create-accepted-then-drop")


@dataclass(frozen=True, slots=True)
class Failed:
    """A job whose prediction could give nothing: its status, the credits it kept, and those it kept after more runs."""

    fault: str
    status: str
    kept: int
    kept_after_more_runs: int

    @property
    def succeeded(self) -> bool:
        """Whether the backend called it a success."""
        return self.status == SUCCEEDED


@dataclass(frozen=True, slots=True)
class Lost:
    """A job whose create was accepted and whose answer was lost: its predictions, its status and its cost."""

    fault: str
    predictions: int
    status: str
    spent: int


def refunds(lab: Lab) -> Iterator[Failed]:
    """Each failure on a user of its own; then the failed job is run again."""
    lab.works(lab.somebody())
    for number, fault in enumerate(FAILURES):
        who = lab.somebody()
        job = lab.job(who)
        lab.fail(fault, who)
        before = lab.balance(who)
        status = lab.status(who, job)
        kept = before - lab.balance(who)
        if status != SUCCEEDED:
            # The first at the same moment, for a refund that is decided and then given; the rest once, for one per call.
            lab.volley(who, [job] * (WAYS if number == 0 else 1))
        yield Failed(fault, status, kept, before - lab.balance(who))


def lost(lab: Lab) -> Iterator[Lost]:
    """A 502 and a broken connection, both after the provider had begun."""
    lab.works(lab.somebody())
    for fault in LOSSES:
        who = lab.somebody()
        job = lab.job(who)
        lab.fail(fault, who)
        before = lab.balance(who)
        status = lab.status(who, job)
        yield Lost(fault, lab.made(who), status, before - lab.balance(who))


REFUNDS = Probe("failures", "does a failure give the price back, once?", refunds)
LOST = Probe("lost-answers", "does a lost answer make a second prediction?", lost)
