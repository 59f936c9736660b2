"""Tries follow each other too fast, or too slowly.

Without growing pauses every backend in trouble asks again at the same moment, and the provider answers with more 429.

```defect
retry-spacing-wrong
```

To mend it: 1, 2, 4 and 8 seconds, each within 20 % by chance, so that callers spread out.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.retries import Retried
from gate.smoke.step import Step


@rule(Severity.ERROR)
def retry_spacing_wrong(step: Step) -> Iterator[Hit]:
    """Waits that are not the backoff's."""
    seen = step.learnt
    if isinstance(seen, Retried) and seen.early:
        message = f"{seen.plan.says}: waits of {', '.join(seen.early)}"
        yield Hit(Target("create at Replicate"), message, f"{step.name} spacing")
