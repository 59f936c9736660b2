"""More is spent than there is.

With credit for one job, several run at the same moment succeed, or the balance falls below zero.

```defect
credit-overspent
```

```defect
balance-below-zero
```

To mend it: check and debit in one statement, and keep `check (balance >= 0)` on the table.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.money import Overspent
from gate.smoke.step import Step


@rule(Severity.ERROR)
def credit_overspent(step: Step) -> Iterator[Hit]:
    """Several successes on the credit of one, or a negative balance."""
    spent = step.learnt
    if isinstance(spent, Overspent) and (spent.succeeded > 1 or spent.balance < 0):
        message = (
            f"with credit for one job {spent.succeeded} succeeded at the same moment; the balance is {spent.balance}"
        )
        yield Hit(Target("POST /api/jobs/{id}/run"), message, f"{step.name} overspent")
