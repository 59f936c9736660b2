"""A job's status, output or owner is taken from the request.

A caller makes a job that has succeeded already, points its output at a file of somebody else's, or books it on another user.

```defect
job-field-taken-from-request
```

To mend it: name the fields that a request may set (kind and input), refuse all others, and grant insert on those columns alone.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.money import Assigned
from gate.smoke.step import Step


@rule(Severity.ERROR)
def job_field_taken_from_request(step: Step) -> Iterator[Hit]:
    """Fields that the backend believed."""
    assigned = step.learnt
    if isinstance(assigned, Assigned) and assigned.believed:
        message = f"a job's {assigned.field} was taken from the request that made it"
        yield Hit(Target("POST /api/jobs"), message, f"{step.name} {assigned.field}")
