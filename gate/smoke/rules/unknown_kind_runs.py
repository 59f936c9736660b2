"""A job of an unknown kind runs.

Whatever the backend takes it for, its price was never decided.

```defect
unknown-kind-runs
```

To mend it: refuse kinds that the price table does not hold (a foreign key does), and have no default.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.money import UnknownKind
from gate.smoke.step import Step


@rule(Severity.ERROR)
def unknown_kind_runs(step: Step) -> Iterator[Hit]:
    """Unknown kinds that succeeded."""
    unknown = step.learnt
    if isinstance(unknown, UnknownKind) and unknown.succeeded:
        yield Hit(Target("POST /api/jobs"), f"a job of the kind {unknown.kind} succeeded", f"{step.name} unknown")
