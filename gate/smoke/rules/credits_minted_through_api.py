"""A user mints credits by a row or a function of the data API, past the backend.

The function that the backend adds credits with can be called by everybody, because nobody revoked it, or the book takes rows from
everybody and a trigger believes them.

```defect
credit-function-callable
```

```defect
ledger-writable
```

To mend it: `revoke execute on function … from public, anon, authenticated` for every function that moves money, and no insert policy
and no insert grant on the tables that hold it.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.api import Minted
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def credits_minted_through_api(step: Step) -> Iterator[Hit]:
    """Rows and calls of A's after which A had more."""
    minted = step.learnt
    if isinstance(minted, Minted) and minted.gained:
        message = f"A {minted.what} through the data API and has {count(minted.gained, 'credit')} more"
        yield Hit(Target(minted.request), message, f"{step.name} {minted.request}")
