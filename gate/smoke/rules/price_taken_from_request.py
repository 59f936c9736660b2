"""The price of a job is taken from the request.

A caller who writes `"price": 0` pays nothing, and one who writes a negative number is paid.

```defect
price-taken-from-request
```

To mend it: refuse fields that a request has no business to name, and read the price from the table when the job is claimed.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.money import Priced
from gate.smoke.step import Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def price_taken_from_request(step: Step) -> Iterator[Hit]:
    """Jobs that cost what their request said."""
    priced = step.learnt
    if isinstance(priced, Priced) and priced.spent is not None and priced.spent != priced.price:
        message = f"a request with {priced.field} took {count(priced.spent, 'credit')}; the price is {priced.price}"
        yield Hit(Target("POST /api/jobs"), message, f"{step.name} {priced.field}")
