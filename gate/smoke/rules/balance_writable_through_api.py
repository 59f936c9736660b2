"""A user sets their own balance, plan or role through the data API, past the backend.

The publishable key and a token are all it takes: one PATCH, and there are credits without end.

```defect
balance-writable-through-api
```

To mend it: no update policy and no update grant on tables that hold money or power; let functions that only the service role may
call change them.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.api import Raised
from gate.smoke.step import Step


@rule(Severity.ERROR)
def balance_writable_through_api(step: Step) -> Iterator[Hit]:
    """Columns of A's own row that A raised."""
    raised = step.learnt
    if isinstance(raised, Raised) and raised.effect:
        message = f"A set {raised.column} in A's own row of {raised.table} through the data API"
        yield Hit(Target(f"PATCH /rest/v1/{raised.table}"), message, f"{step.name} {raised.table} {raised.column}")
