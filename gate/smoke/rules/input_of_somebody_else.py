"""A job takes an input that is not its owner's.

B's picture goes through A's job: by B's path itself, or by a path that only becomes B's when it is normalised or decoded.

```defect
input-of-somebody-else
```

To mend it: decode and normalise first, then compare the whole first folder with the user's id; read the input as the user, so
that storage decides.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.inputs import BadInput
from gate.smoke.step import Step


@rule(Severity.ERROR)
def input_of_somebody_else(step: Step) -> Iterator[Hit]:
    """Jobs that succeeded on a path outside the owner's folder."""
    bad = step.learnt
    if isinstance(bad, BadInput) and bad.kind == "path" and bad.succeeded and bad.predicted:
        yield Hit(
            Target("POST /api/jobs"), f"a job of A succeeded on the input {bad.path!r}", f"{step.name} {bad.path}"
        )
