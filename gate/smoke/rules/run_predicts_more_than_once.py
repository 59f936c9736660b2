"""One run of a job asks Replicate for more than one prediction.

The user pays once, and you pay for each: a retry that does not look first, or two workers that take the same job.

```defect
run-predicts-more-than-once
```

To mend it: one place that calls the provider, behind the claim, and a look into the list of recent predictions before a create is
sent again.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.step import Ran, Step


@rule(Severity.ERROR)
def run_predicts_more_than_once(step: Step) -> Iterator[Hit]:
    """First runs with several predictions."""
    ran = step.learnt
    if isinstance(ran, Ran) and not ran.again and ran.predictions is not None and ran.predictions > 1:
        message = f"one run of a job of kind {ran.kind!r} made {ran.predictions} predictions at Replicate"
        yield Hit(Target(step.place), message, f"{step.name} predictions of {ran.kind}")
