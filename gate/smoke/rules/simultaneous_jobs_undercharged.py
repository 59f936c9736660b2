"""Different jobs, run at the same moment, cost less than the sum of their prices.

The balance is read, reduced and written back: of eight debits one remains, and the models ran for nothing.

```defect
simultaneous-jobs-undercharged
```

To mend it: `update … set balance = balance - price where balance >= price`, never a balance that was read before.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.races import ManyJobs
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def simultaneous_jobs_undercharged(step: Step) -> Iterator[Hit]:
    """Volleys of jobs whose charge is not their sum."""
    race = step.learnt
    if isinstance(race, ManyJobs) and race.spent != race.succeeded * race.price:
        message = f"{race.succeeded} jobs that succeeded at the same moment took {count(race.spent, 'credit')}, at {race.price} each"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} charge")
