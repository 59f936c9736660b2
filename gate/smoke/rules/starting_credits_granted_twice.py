"""Opening an account again grants the starting credits again.

Whoever calls bootstrap in a loop, or twice at the same moment, never has to pay.

```defect
starting-credits-granted-twice
```

To mend it: make the grant a row that can exist once per user (a unique index), and add the credits only when that row was new.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.accounts import Opened
from gate.smoke.step import Step


@rule(Severity.ERROR)
def starting_credits_granted_twice(step: Step) -> Iterator[Hit]:
    """Accounts opened often that hold more than one opened once."""
    opened = step.learnt
    if isinstance(opened, Opened) and opened.often != opened.once:
        message = f"an account opened nine times holds {opened.often} credits; opened once it holds {opened.once}"
        yield Hit(Target("POST /api/profile/bootstrap"), message, f"{step.name} grant")
