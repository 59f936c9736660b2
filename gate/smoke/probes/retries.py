"""Whether a backend retries as it should: each fault of the provider, the tries that it caused, and the waits between them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from gate.smoke.contract import FAILED, SUCCEEDED
from gate.smoke.lab import ControlFailed, Lab
from gate.smoke.probes.probe import Probe

BACKOFF = (1.0, 2.0, 4.0, 8.0)  # seconds, within 20 %
SLACK = 0.6  # seconds that a look into the list and a busy machine may add to a wait


@dataclass(frozen=True, slots=True)
class Plan:
    """A fault of the provider and what becomes of it: the number of creates, the waits between them, how the job ends.

    `waits` are the backoff's own, `floor` is what the server asked for, both in seconds. `refused` says that the provider
    has refused for good, so that asking again is no use.
    """

    name: str
    says: str
    faults: tuple[str, ...]
    tries: int
    ends: str = SUCCEEDED
    waits: tuple[float, ...] = ()
    floor: float = 0.0
    refused: bool = False


PLANS = (
    Plan("one-503", "one 503", ("create-503",), 2, waits=BACKOFF[:1]),
    Plan("four-502", "four times 502", ("create-502",) * 4, 5, waits=BACKOFF),
    Plan("five-503", "503 and nothing else", ("create-503",) * 5, 5, FAILED, waits=BACKOFF),
    Plan("429-header", "429 with Retry-After in seconds", ("create-429-header",), 2, floor=1.0),
    Plan("429-date", "429 with Retry-After as a date", ("create-429-date",), 2, floor=1.0),
    Plan("429-field", "429 with `retry_after` in the body", ("create-429-field",), 2, floor=1.0),
    Plan("429-words", "429 with the delay in words", ("create-429-words",), 2, floor=1.0),
    Plan("401", "401", ("create-401",) * 3, 1, FAILED, refused=True),
    Plan("402", "402", ("create-402",) * 3, 1, FAILED, refused=True),
    Plan("422", "422", ("create-422",) * 3, 1, FAILED, refused=True),
    Plan("accepted-then-502", "accepted, and answered with 502", ("create-accepted-then-502",), 1),
    Plan("accepted-then-drop", "accepted, and the connection breaks", ("create-accepted-then-drop",), 1),
    Plan("accepted-then-half", "accepted, and half an answer", ("create-accepted-then-cut",), 1),
    Plan("polling-503", "503 twice while it is polled", ("get-503", "get-503"), 1),
)


@dataclass(frozen=True, slots=True)
class Retried:
    """What a backend did about a fault: its creates, the waits between them in seconds, and what it all led to.

    `scale` is how long a second of the backoff lasts here.
    """

    plan: Plan
    tries: int
    waits: tuple[float, ...]
    predictions: int
    status: str
    spent: int
    price: int
    scale: float = 1.0

    @property
    def begun(self) -> tuple[float, ...]:
        """When each try began, in seconds since the first."""
        return tuple(round(at, 2) for at in itertools.accumulate(self.waits, initial=0.0))

    @property
    def early(self) -> tuple[str, ...]:
        """The waits that are not 1, 2, 4, 8 s within 20 %, in words."""
        return tuple(
            f"{wait:.1f} s instead of {due:g} s"
            for wait, due in zip(self.waits, (self.scale * due for due in self.plan.waits), strict=False)
            if not 0.8 * due <= wait <= 1.2 * due + SLACK
        )


def _probe(plan: Plan) -> Probe:
    def run(lab: Lab) -> Iterator[Retried]:
        who = lab.somebody()
        job = lab.job(who)
        for fault in plan.faults:
            lab.fail(fault, who)
        before = lab.balance(who)
        status = lab.status(who, job)
        creates = [one for one in lab.stage.provider.asked(who.id) if one["route"] == "create"]
        if not creates:
            raise ControlFailed("the provider was not asked, or its input does not name the user")
        times = [float(str(one["at"])) for one in creates]
        waits = tuple(later - earlier for earlier, later in itertools.pairwise(times))
        spent = before - lab.balance(who)
        scale = lab.contract.said.time_scale
        yield Retried(plan, len(creates), waits, lab.made(who), status, spent, lab.price(), scale)

    return Probe(
        plan.name,
        f"{plan.says}: {plan.tries} {'create' if plan.tries == 1 else 'creates'}, and the job {plan.ends}?",
        run,
        paid=int(plan.ends == SUCCEEDED),
    )


RETRIES: tuple[tuple[Probe, ...], ...] = tuple((_probe(plan),) for plan in PLANS)
