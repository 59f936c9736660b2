"""A fault that passes is given up too early, or asked about too often.

Replicate throttles and stumbles for seconds: five tries get through that, two do not. More than five keep the user waiting and
hammer a provider that is down.

```defect
retry-attempts-wrong
```

To mend it: five tries in all, on 429, 5xx and broken connections.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.contract import SUCCEEDED
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step


@rule(Severity.ERROR)
def retry_attempts_wrong(step: Step) -> Iterator[Hit]:
    """Passing faults with another number of creates than the plan has."""
    seen = step.learnt
    if isinstance(seen, Retried) and not seen.plan.refused and seen.tries != seen.plan.tries:
        message = f"{seen.plan.says}: {seen.tries} creates; {seen.plan.tries} are due"
        yield Hit(Target("create at Replicate"), message, f"{step.name} tries")
    elif isinstance(seen, Retried) and seen.plan.ends == SUCCEEDED and seen.status != SUCCEEDED:
        message = f"{seen.plan.says}: the fault passed, and the job is {seen.status!r} all the same"
        yield Hit(Target("create at Replicate"), message, f"{step.name} given up")
