"""A webhook that comes twice gives the price back twice.

Replicate sends a webhook again when the answer was slow, and people who can replay one mint credits.

```defect
replayed-webhook-refunds-again
```

To mend it: end the job in one conditional UPDATE (`where status = 'processing'`) and refund in the same transaction, next to a
ledger row that is unique per job.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.webhooks import Misled
from gate.smoke.step import Step


@rule(Severity.ERROR)
def replayed_webhook_refunds_again(step: Step) -> Iterator[Hit]:
    """Webhooks that had been heard already and moved a job or a balance."""
    misled = step.learnt
    if isinstance(misled, Misled) and misled.flaw == "replayed" and misled.effect:
        message = f"a webhook of a job that has failed and was refunded, {misled.how}, changes the job or the balance"
        yield Hit(Target(f"POST {misled.path}"), message, f"{step.name} {misled.how}")
