"""A job without credit for it reaches the provider.

The user is told that there is not enough credit, and you pay for the prediction that was made before anybody looked; or the job
simply succeeds.

```defect
job-runs-without-credit
```

To mend it: charge first, then call the provider, and refund when it fails.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.contract import SUCCEEDED
from gate.smoke.probes.money import Broke
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def job_runs_without_credit(step: Step) -> Iterator[Hit]:
    """Jobs without credit that predicted or succeeded."""
    broke = step.learnt
    if isinstance(broke, Broke) and (broke.predictions or broke.status == SUCCEEDED):
        message = f"a job without credit for it made {count(broke.predictions, 'prediction')} and is {broke.status!r}"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} without credit")
