"""A job that failed keeps its price.

The model failed, or the provider refused, and the user has paid for nothing.

```defect
failed-job-keeps-the-price
```

To mend it: give the price back in the transaction that marks the job as failed, and reach that transaction from every error.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.contract import FAILED, SUCCEEDED
from gate.smoke.probes.failures import Failed, Lost, Stuck
from gate.smoke.probes.inputs import BadInput
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def failed_job_keeps_the_price(step: Step) -> Iterator[Hit]:
    """Failures that cost something."""
    match step.learnt:
        case Failed(fault, status, kept) if kept > 0 and not step.learnt.succeeded:
            what = f"{fault}: the job is {status!r} and kept {count(kept, 'credit')}"
        case Lost(fault, _, status, spent) if spent > 0 and status != SUCCEEDED:
            what = f"{fault}: the job is {status!r} and kept {count(spent, 'credit')}"
        case Stuck(_, status, kept) if kept > 0 and status == FAILED:
            what = f"a prediction that never ends: the job is {status!r} and kept {count(kept, 'credit')}"
        case BadInput(_, path, succeeded, _, spent) if spent > 0 and not succeeded:
            what = f"a job on the input {path!r} did not succeed and kept {count(spent, 'credit')}"
        case Retried(plan, status=status, spent=spent) if spent > 0 and status != SUCCEEDED:
            what = f"{plan.says}: the job is {status!r} and kept {count(spent, 'credit')}"
        case _:
            return
    yield Hit(Target("POST /api/jobs/{id}/run"), what, f"{step.name} {what.partition(':')[0]}")
