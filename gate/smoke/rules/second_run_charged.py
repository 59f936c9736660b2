"""Running a job that has succeeded charges for it again.

A double click, a retry or a reload costs the user the price once more.

```defect
second-run-charged
```

To mend it: let one conditional `update … where status = 'queued'` claim the job, and charge in the same transaction; no row,
no charge.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.step import Ran, Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def second_run_charged(step: Step) -> Iterator[Hit]:
    """Second runs after which the balance is another."""
    ran = step.learnt
    if isinstance(ran, Ran) and ran.again and ran.spent:
        message = f"the second run of a job that had succeeded took {count(ran.spent, 'more credit')} from A"
        yield Hit(Target(step.place), message, f"{step.name} charge")
