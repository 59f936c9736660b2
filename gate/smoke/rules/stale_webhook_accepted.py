"""A webhook that was signed long ago is believed.

Who once got hold of one, from a log or a proxy, can send it whenever it suits: the signature holds for ever unless its time is looked
at.

```defect
stale-webhook-accepted
```

To mend it: refuse a `webhook-timestamp` that is more than five minutes away from now.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.webhooks import Misled
from gate.smoke.step import Step


@rule(Severity.ERROR)
def stale_webhook_accepted(step: Step) -> Iterator[Hit]:
    """Old webhooks that moved a job or a balance."""
    misled = step.learnt
    if isinstance(misled, Misled) and misled.flaw == "stale" and misled.effect:
        message = f"a webhook that was {misled.how} changes a job or a balance"
        yield Hit(Target(f"POST {misled.path}"), message, f"{step.name} {misled.how}")
