"""A user's list of jobs shows a job of somebody else.

B sees what A asked for, with the paths of A's pictures.

```defect
others-jobs-listed
```

```defect
list-by-parameter
```

To mend it: list as the user, so that row level security filters, or filter by the id of the token, never by a parameter.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.others import Meddled
from gate.smoke.step import Seen, Step


@rule(Severity.ERROR)
def others_jobs_listed(step: Step) -> Iterator[Hit]:
    """Lists of B's that hold A's job."""
    seen = step.learnt
    if isinstance(seen, Seen) and seen.listed:
        yield Hit(Target("GET /api/jobs as B"), "B's list of jobs shows a job of A", f"{step.name} list")
    if isinstance(seen, Meddled) and seen.deed == "list" and seen.effect:
        yield Hit(
            Target(seen.request),
            "B's list shows a job of A when it is asked for A's",
            f"{step.name} list by parameter",
        )
