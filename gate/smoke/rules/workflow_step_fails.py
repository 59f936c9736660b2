"""A step of the workflow ends in an error.

The backend answered with an error of its own, or the model's job did not succeed: users of this build would meet the same.

```defect
workflow-step-fails
```

To mend it: the step's trace in the report shows each request with its answer; the backend's log has the rest.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.contract import SUCCEEDED
from gate.smoke.exchange import Category
from gate.smoke.step import Ran, Step


@rule(Severity.ERROR)
def workflow_step_fails(step: Step) -> Iterator[Hit]:
    """Steps that ended in an error, and runs whose job did not succeed."""
    if step.failure and step.failure.category is Category.PROCESSING:
        yield Hit(Target(step.place), str(step.failure), f"{step.name} fails")
    elif isinstance(step.learnt, Ran) and step.learnt.status != SUCCEEDED:
        message = f"the job ended {step.learnt.status or 'without a status'!r} instead of 'succeeded'"
        yield Hit(Target(step.place), message, f"{step.name} fails")
