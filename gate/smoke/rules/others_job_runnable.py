"""A user runs somebody else's job.

B spends A's credits, or has A's picture processed when B likes.

```defect
others-job-runnable
```

To mend it: look the job up as the user before anything else, and claim it with `where user_id = …` in the same statement.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.others import Meddled
from gate.smoke.step import Step


@rule(Severity.ERROR)
def others_job_runnable(step: Step) -> Iterator[Hit]:
    """Jobs of A's that B set going."""
    deed = step.learnt
    if isinstance(deed, Meddled) and deed.deed == "run" and deed.effect:
        yield Hit(Target("POST /api/jobs/{id}/run as B"), "B ran a job of A", f"{step.name} run")
