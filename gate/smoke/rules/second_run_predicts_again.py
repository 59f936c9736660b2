"""Running a job that has succeeded asks Replicate for another prediction.

The user's balance looks right, and you pay Replicate for every repetition. The count is Replicate's own (in a rehearsal the
stand-in's), so the backend cannot hide it.

```defect
second-run-predicts-again
```

To mend it: look at the job's status, and claim it, before the provider is called; store the prediction's id at once.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.step import Ran, Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def second_run_predicts_again(step: Step) -> Iterator[Hit]:
    """Second runs that made predictions."""
    ran = step.learnt
    if isinstance(ran, Ran) and ran.again and ran.predictions:
        message = (
            f"the second run of a job that had succeeded made {count(ran.predictions, 'more prediction')} at Replicate"
        )
        yield Hit(Target(step.place), message, f"{step.name} predictions")
