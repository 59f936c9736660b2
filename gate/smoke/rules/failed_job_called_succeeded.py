"""A job whose prediction gave nothing is called a success.

The provider said failed, refused the request, or succeeded without an output, and the user has paid for nothing and is not told.

```defect
failed-job-called-succeeded
```

To mend it: only a prediction that succeeded with an output, fetched and looked at, is a success; everything else is refunded.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.contract import FAILED, SUCCEEDED
from gate.smoke.probes.failures import Failed
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step


@rule(Severity.ERROR)
def failed_job_called_succeeded(step: Step) -> Iterator[Hit]:
    """Faults that ended as successes."""
    failed = step.learnt
    if isinstance(failed, Retried) and failed.plan.ends == FAILED and failed.status == SUCCEEDED:
        message = f"{failed.plan.says}: the job is {failed.status!r}"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} success")
    if isinstance(failed, Failed) and failed.succeeded:
        message = f"{failed.fault}: the job is {failed.status!r}"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} {failed.fault} success")
