"""Running one job several times at the same moment asks Replicate more than once.

The balance may look right: you pay for every prediction, and the count at Replicate is the only witness.

```defect
simultaneous-runs-predict
```

To mend it: whoever does not win the claim must not reach the provider.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.races import SameJob
from gate.smoke.step import Step


@rule(Severity.ERROR)
def simultaneous_runs_predict(step: Step) -> Iterator[Hit]:
    """Volleys on one job that made several predictions."""
    race = step.learnt
    if isinstance(race, SameJob) and race.predictions > 1:
        message = f"one job, run {race.ways} times at the same moment, made {race.predictions} predictions"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} predictions")
