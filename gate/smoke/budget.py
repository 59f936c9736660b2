"""What the steps may spend: a plan that needs more is refused, and a run that has spent more stops."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gate.config import SmokeConfig
from gate.errors import Incomplete, UsageError
from gate.smoke.probes.probe import Cost
from gate.smoke.step import Ran, Step
from gate.smoke.words import count


@dataclass(frozen=True, slots=True)
class Budget:
    """Ceilings for the steps; None for none."""

    credits: int | None = None
    predictions: int | None = None

    def allow(self, plan: Cost) -> None:
        """See that a plan fits, before anything is asked. Raises UsageError with what is needed and what is allowed."""
        for noun, needed, most in self._sums(plan):
            if most is not None and needed > most:
                raise UsageError(f"the steps need {count(needed, noun)}, and --max-{noun}s allows {most}")

    def guard(self, step: str, spent: Cost) -> None:
        """See that what was spent up to a step fits still. Raises Incomplete with what was spent and what is allowed."""
        for noun, took, most in self._sums(spent):
            if most is not None and took > most:
                words = f"{count(took, noun)} spent, and --max-{noun}s allows {most}"
                raise Incomplete(f"stopped after {step}: {words}; nothing more was asked")

    def or_else(self, plan: Cost) -> "Budget":
        """These ceilings; where none was named, what a plan needs."""
        return Budget(*(own if own is not None else due for _, due, own in self._sums(plan)))

    def _sums(self, cost: Cost) -> Iterator[tuple[str, int, int | None]]:
        yield "credit", cost.credits, self.credits
        yield "prediction", cost.predictions, self.predictions


NAMED_NONE = Budget()


def plan_of(steps: tuple[str, ...], said: SmokeConfig) -> Cost:
    """What a sound backend spends on these steps."""
    return Cost(said.prices.get(said.kind, 0), 1) if "run" in steps else Cost(0, 0)


def spent_by(steps: Iterable[Step]) -> Cost:
    """What these steps have spent, as far as it can be told; a job that gave its price back has spent none."""
    runs = [step.learnt for step in steps if isinstance(step.learnt, Ran)]
    return Cost(sum(run.spent or 0 for run in runs), sum(run.predictions or 0 for run in runs))
