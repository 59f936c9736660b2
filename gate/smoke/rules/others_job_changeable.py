"""A user cancels, deletes or changes somebody else's job.

B ends what A has paid for, or makes it vanish from A's list.

```defect
others-job-changeable
```

To mend it: let each route filter by owner, as the user or in its own `where`; one that was forgotten is enough.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.others import Meddled
from gate.smoke.step import Step


@rule(Severity.ERROR)
def others_job_changeable(step: Step) -> Iterator[Hit]:
    """Jobs of A's that were others after a request of B's."""
    deed = step.learnt
    if isinstance(deed, Meddled) and deed.deed in {"cancel", "delete", "change"} and deed.effect:
        method = {
            "cancel": "POST /api/jobs/{id}/cancel",
            "delete": "DELETE /api/jobs/{id}",
            "change": "PATCH /api/jobs/{id}",
        }
        yield Hit(Target(f"{method[deed.deed]} as B"), f"B could {deed.deed} a job of A", f"{step.name} {deed.deed}")
