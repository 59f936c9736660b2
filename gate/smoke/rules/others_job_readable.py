"""A user opens somebody else's job by its id.

Whoever learns or guesses an id reads the job, its paths and its errors.

```defect
others-job-readable
```

To mend it: look the job up as the user, so that row level security answers, and say 404 for what is not theirs.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.step import Seen, Step


@rule(Severity.ERROR)
def others_job_readable(step: Step) -> Iterator[Hit]:
    """Jobs of A's that opened for B."""
    if isinstance(step.learnt, Seen) and step.learnt.opened:
        yield Hit(Target("GET /api/jobs/{id} as B"), "B opened a job of A by its id", f"{step.name} job")
