"""More predictions are made than anybody asked for.

A warm-up, a second model, a health check: you pay for predictions that belong to no job, and no price covers them.

```defect
cost-ceiling-exceeded
```

To mend it: ask the provider for nothing but jobs that somebody has paid for; put what has to be done besides into the price.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.afterwards import Spent
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def cost_ceiling_exceeded(step: Step) -> Iterator[Hit]:
    """Predictions beyond the ceiling that was announced, or without a job."""
    spent = step.learnt
    if isinstance(spent, Spent) and spent.unasked:
        message = f"{count(spent.unasked, 'prediction')} of {spent.predictions} in all {'name' if spent.unasked > 1 else 'names'} no job and no user"
        yield Hit(Target("create at Replicate"), message, f"{step.name} unasked")
    elif isinstance(spent, Spent) and spent.predictions > spent.ceiling:
        message = f"{spent.predictions} predictions were made; what was tried explains {spent.ceiling} at most"
        yield Hit(Target("create at Replicate"), message, f"{step.name} ceiling")
