"""A webhook moves a job that is over.

Webhooks come out of order: a late `processing` reopens a job that has succeeded, which then hangs for ever or runs again, and a late
failure takes the picture away or gives its price back.

```defect
ended-job-reopened-by-webhook
```

To mend it: let a status move forward only, by an UPDATE whose condition is the status before.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.webhooks import Misled
from gate.smoke.step import Step


@rule(Severity.ERROR)
def ended_job_reopened_by_webhook(step: Step) -> Iterator[Hit]:
    """News that moved a job which had succeeded."""
    misled = step.learnt
    if isinstance(misled, Misled) and misled.flaw == "over" and misled.effect:
        message = f"a webhook that {misled.how} changes the job or the balance"
        yield Hit(Target(f"POST {misled.path}"), message, f"{step.name} {misled.how}")
