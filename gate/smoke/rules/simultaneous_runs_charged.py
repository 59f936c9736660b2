"""Running one job several times at the same moment charges for it more than once.

A double click that reaches two workers is enough; running it twice in a row does not show it.

```defect
simultaneous-runs-charged
```

To mend it: claim the job with one conditional update (`… where status = 'queued'`) and charge in the same transaction.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.races import SameJob
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def simultaneous_runs_charged(step: Step) -> Iterator[Hit]:
    """Volleys on one job that did not take its price once."""
    race = step.learnt
    if isinstance(race, SameJob) and race.spent != race.price:
        message = f"one job, run {race.ways} times at the same moment, took {count(race.spent, 'credit')}; its price is {race.price}"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} charge")
