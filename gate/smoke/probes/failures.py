"""What goes wrong at the provider: a failure gives the price back, once, and a lost answer makes no second prediction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gate.smoke.contract import SUCCEEDED
from gate.smoke.exchange import Category
from gate.smoke.lab import WAYS, Lab, LeftOut
from gate.smoke.probes.probe import Probe

# Each with the category under which people can act on it. A delay of an hour is the end of the provider's patience.
FAILURES: Mapping[str, Category] = {
    "prediction-failed": Category.PROCESSING,
    "prediction-canceled": Category.PROCESSING,
    "prediction-aborted": Category.PROCESSING,
    "prediction-succeeds-empty": Category.PROCESSING,
    "prediction-succeeds-without-output": Category.PROCESSING,
    "prediction-not-an-image": Category.PROCESSING,
    "output-404": Category.PROCESSING,
    "create-402": Category.PROCESSING,
    "create-401": Category.AUTHENTICATION,
    "create-422": Category.CONFIGURATION,
    "create-429-hour": Category.CONNECTIVITY,
}
LOSSES = (
    "create-accepted-then-502",
    "create-accepted-then-drop",
    "create-accepted-then-cut",
    "create-accepted-then-wrong-json",
)
STUCK = "prediction-stuck-processing"
MARGIN = 8.0  # seconds that a backend may take to notice that its time is up


@dataclass(frozen=True, slots=True)
class Failed:
    """A job whose prediction could give nothing: its status, the credits it kept, and those it kept after more runs.

    `category` is the backend's word for whose concern it is, '' where it says none; `due` is the right one.
    """

    fault: str
    status: str
    kept: int
    kept_after_more_runs: int
    category: str
    due: Category

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


@dataclass(frozen=True, slots=True)
class Stuck:
    """A job whose prediction never ends, looked at when the backend should have given it up: its status and its cost."""

    seconds: float
    status: str
    kept: int


def refunds(lab: Lab) -> Iterator[Failed]:
    """Each failure on a user of its own; then the failed job is run again."""
    lab.works(lab.somebody())
    categories = []
    for number, (fault, due) in enumerate(FAILURES.items()):
        who = lab.somebody()
        job = lab.job(who)
        lab.fail(fault, who)
        before = lab.balance(who)
        status = lab.status(who, job)
        categories.append(lab.contract.category(lab.look(who, job)))
        kept = before - lab.balance(who)
        if status != SUCCEEDED:
            # The first at the same moment, for a refund that is decided and then given; the rest once, for one per call.
            lab.volley(who, [job] * (WAYS if number == 0 else 1))
        yield Failed(fault, status, kept, before - lab.balance(who), categories[-1], due)
    if not any(categories):
        lab.notes.append(
            ("the categories of errors", "no failed job names one, in `error_category` or as `fields` says")
        )


def lost(lab: Lab) -> Iterator[Lost]:
    """A 502, a broken connection, half an answer and none that can be read, each after the provider had begun."""
    lab.works(lab.somebody())
    for fault in LOSSES:
        who = lab.somebody()
        job = lab.job(who)
        lab.fail(fault, who)
        before = lab.balance(who)
        status = lab.status(who, job)
        yield Lost(fault, lab.made(who), status, before - lab.balance(who))


def stuck(lab: Lab) -> Iterator[Stuck]:
    """A prediction that never ends, until the backend's own time is up."""
    seconds = lab.contract.said.gives_up
    if not seconds:
        raise LeftOut("`gives_up` in [tool.gate.smoke] does not say when the backend gives a prediction up")
    who = lab.somebody()
    lab.works(who)
    job = lab.job(who)
    lab.fail(STUCK, who)
    before = lab.balance(who)
    lab.run_aside(who, job)
    status = lab.awaited(who, job, seconds + MARGIN)
    yield Stuck(seconds, status, before - lab.balance(who))


REFUNDS = Probe("failures", "does a failure give the price back, once, and say whose concern it is?", refunds, 1, 7)
LOST = Probe("lost-answers", "does a lost answer make a second prediction?", lost, 1 + len(LOSSES))
PATIENCE = Probe("stuck", "does a prediction that never ends give the price back?", stuck, 1, 1)
