"""A charge or a prediction comes after the answer.

The answer says that nothing was charged, and a worker behind it charges or predicts a moment later: whoever looks at once sees
nothing, and the user pays all the same.

```defect
late-charge-or-prediction
```

To mend it: claim and charge before the job is queued, in one transaction, and let the worker do only what it has claimed.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.afterwards import Later
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def late_charge_or_prediction(step: Step) -> Iterator[Hit]:
    """Balances and counts that were others at the last look."""
    later = step.learnt
    if isinstance(later, Later) and (later.credits or later.predictions):
        changes = f"{count(later.credits, 'credit')} went and {count(later.predictions, 'prediction')} came"
        message = f"after {later.where} was over, {changes}"
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} {later.where}")
