"""A create whose answer was lost is sent again, and two predictions run.

The provider had accepted it: the answer was a 502, or the connection broke. A blind retry pays twice for one job.

```defect
lost-answer-predicts-again
```

To mend it: look into the list of recent predictions for your own before you create again; `gate.replicate.Client` does.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.failures import Lost
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step


@rule(Severity.ERROR)
def lost_answer_predicts_again(step: Step) -> Iterator[Hit]:
    """Lost answers after which a job has several predictions."""
    lost = step.learnt
    if isinstance(lost, Retried) and lost.predictions > 1:
        message = f"{lost.plan.says}: one job has {lost.predictions} predictions"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} predictions")
    if isinstance(lost, Lost) and lost.predictions > 1:
        message = f"{lost.fault}: one job has {lost.predictions} predictions"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} {lost.fault}")
