"""A job whose prediction never ends keeps its price.

Nobody gives it up, or the one who waited for it is gone: the user has paid and waits for ever.

```defect
stuck-job-keeps-the-price
```

To mend it: wait with a deadline, cancel the prediction behind it and refund; and have something look for jobs that have been in
`processing` for longer.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.contract import FAILED, SUCCEEDED
from gate.smoke.probes.failures import Stuck
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def stuck_job_keeps_the_price(step: Step) -> Iterator[Hit]:
    """Jobs that cost something when their time was up."""
    stuck = step.learnt
    if isinstance(stuck, Stuck) and stuck.status not in {SUCCEEDED, FAILED} and stuck.kept > 0:
        after = f"{stuck.seconds:g} s and more after its prediction got stuck"
        message = f"{after} the job is {stuck.status!r} and keeps {count(stuck.kept, 'credit')}"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} kept")
