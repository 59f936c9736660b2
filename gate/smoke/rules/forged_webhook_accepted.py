"""A webhook that Replicate did not sign is believed.

Whoever knows the address ends jobs: a false failure gives a price back while the picture is still being made, and a false success
puts any picture into somebody's folder.

```defect
forged-webhook-accepted
```

To mend it: compute the HMAC-SHA256 of `{id}.{timestamp}.{body}`, over the bytes as they came, with what follows `whsec_` decoded from
base64; compare it in constant time with each `v1,` signature; answer 401 otherwise.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.webhooks import Misled
from gate.smoke.step import Step


@rule(Severity.ERROR)
def forged_webhook_accepted(step: Step) -> Iterator[Hit]:
    """Webhooks without a right signature that moved a job or a balance."""
    misled = step.learnt
    if isinstance(misled, Misled) and misled.flaw == "forged" and misled.effect:
        message = f"a webhook that is {misled.how} changes a job or a balance"
        yield Hit(Target(f"POST {misled.path}"), message, f"{step.name} {misled.how}")
