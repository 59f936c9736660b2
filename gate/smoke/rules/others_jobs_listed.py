"""A user's list of jobs shows a job of somebody else.

B sees what A asked for, with the paths of A's pictures.

```defect
others-jobs-listed
```

To mend it: list as the user, so that row level security filters, or filter by the id of the token, never by a parameter.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.step import Seen, Step


@rule(Severity.ERROR)
def others_jobs_listed(step: Step) -> Iterator[Hit]:
    """Lists of B's that hold A's job."""
    if isinstance(step.learnt, Seen) and step.learnt.listed:
        yield Hit(Target("GET /api/jobs as B"), "B's list of jobs shows a job of A", f"{step.name} list")
