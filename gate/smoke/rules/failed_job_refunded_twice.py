"""A job that failed gives back more than it took.

Running the failed job again, or at the same moment, refunds it again: credits out of nothing.

```defect
failed-job-refunded-twice
```

To mend it: a refund is a row that can exist once per job, and copies the debit.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.failures import Failed
from gate.smoke.step import Step


@rule(Severity.ERROR)
def failed_job_refunded_twice(step: Step) -> Iterator[Hit]:
    """Failures after which there is more than before."""
    failed = step.learnt
    if isinstance(failed, Failed) and not failed.succeeded and failed.kept_after_more_runs < 0:
        message = f"{failed.fault}: after more runs of the failed job the balance is {-failed.kept_after_more_runs} higher than before"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} {failed.fault} refund")
