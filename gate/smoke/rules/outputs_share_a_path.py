"""Two jobs have the same output path.

The later one overwrites what the earlier one made and what was paid for.

```defect
outputs-share-a-path
```

To mend it: put the job's id into the name of its output.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.money import Outputs
from gate.smoke.step import Step


@rule(Severity.ERROR)
def outputs_share_a_path(step: Step) -> Iterator[Hit]:
    """Paths that occur more than once."""
    outputs = step.learnt
    if isinstance(outputs, Outputs) and len(set(outputs.paths)) < len(outputs.paths):
        yield Hit(
            Target("GET /api/jobs/{id}"), "different jobs of one user have the same output path", f"{step.name} paths"
        )
