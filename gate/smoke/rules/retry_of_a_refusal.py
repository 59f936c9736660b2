"""A request that the provider refused for good is sent again.

A wrong token, a lack of credit and a bad input do not mend themselves: the user waits for nothing, and the account is noticed.

```defect
retry-of-a-refusal
```

To mend it: stop at once on 401, 402, 403, 404 and 422, and give the price back.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step


@rule(Severity.ERROR)
def retry_of_a_refusal(step: Step) -> Iterator[Hit]:
    """Refusals with more than one create."""
    seen = step.learnt
    if isinstance(seen, Retried) and seen.plan.refused and seen.tries > 1:
        message = f"{seen.plan.says}: {seen.tries} creates; a refusal does not change its mind"
        yield Hit(Target("create at Replicate"), message, f"{step.name} refusal")
