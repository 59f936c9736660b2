"""The provider says when to come back, and the backend comes back earlier.

A throttled account stays throttled, and a run that would have succeeded fails.

```defect
retry-after-shortened
```

To mend it: take the server's delay as a floor: Retry-After in seconds or as a date, `retry_after` in the body, or the words "resets in
~5s"; jitter only upward.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step


@rule(Severity.ERROR)
def retry_after_shortened(step: Step) -> Iterator[Hit]:
    """Waits below what the server asked for."""
    seen = step.learnt
    if isinstance(seen, Retried) and seen.plan.floor and seen.waits and min(seen.waits) < seen.plan.floor - 0.02:
        message = (
            f"{seen.plan.says}: the next try came after {min(seen.waits):.1f} s; {seen.plan.floor:g} s were asked for"
        )
        yield Hit(Target("create at Replicate"), message, f"{step.name} floor")
