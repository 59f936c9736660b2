"""A failed job names the wrong cause.

Whoever is on call looks in the wrong place: a withdrawn version looks like an outage, a revoked token like a bad picture.

```defect
error-category-wrong
```

To mend it: tell causes apart where you call the provider. Configuration: 404, 422. Authentication: 401, 403. Connectivity: no answer,
429 and 5xx when the retries are used up. Processing: 402, and predictions that fail, are canceled, are empty or no picture. The errors
of `gate.replicate` have it as `category`. A backend that names no category is not judged by this.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.failures import Failed
from gate.smoke.step import Step


@rule(Severity.ERROR)
def error_category_wrong(step: Step) -> Iterator[Hit]:
    """Failures whose named category is another than theirs."""
    failed = step.learnt
    if isinstance(failed, Failed) and failed.category and failed.category != failed.due and not failed.succeeded:
        message = f"{failed.fault}: the job names {failed.category!r} as the cause, and it is {failed.due.value!r}"
        yield Hit(Target("GET /api/jobs/{id}"), message, f"{step.name} {failed.fault}")
