"""A webhook of one job ends another, because the address says so.

The signature covers the body and not the address: a webhook of a prediction that failed, sent to the address of somebody else's job,
ends that one.

```defect
webhook-ends-another-job
```

To mend it: find the job by the prediction's id in the signed body; where the address names the job, see that it is the same one.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.webhooks import Misled
from gate.smoke.step import Step


@rule(Severity.ERROR)
def webhook_ends_another_job(step: Step) -> Iterator[Hit]:
    """News of one prediction that moved the job of another."""
    misled = step.learnt
    if isinstance(misled, Misled) and misled.flaw == "another" and misled.effect:
        message = f"a webhook that {misled.how} changes the job that its address names"
        yield Hit(Target(f"POST {misled.path}"), message, f"{step.name} {misled.how}")
