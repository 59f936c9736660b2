"""A run costs another price than the table says.

The balance before and after the first run differ by something else than the price of the job's kind: people are charged too
much, or not at all.

```defect
price-differs-from-table
```

```defect
one-price-for-all
```

To mend it: take the price from one table, in the transaction that claims the job, and never from the request. Prices other
than 1, 1 and 2 credits are said in `prices` in `[tool.gate.smoke]`.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.contract import SUCCEEDED
from gate.smoke.step import Ran, Step
from gate.smoke.words import count


@rule(Severity.ERROR)
def price_differs_from_table(step: Step) -> Iterator[Hit]:
    """First runs of any kind that succeeded and whose charge is not the price."""
    ran = step.learnt
    if not isinstance(ran, Ran) or ran.again or ran.spent is None or ran.status != SUCCEEDED:
        return
    if ran.spent != ran.price:
        message = f"a job of kind {ran.kind!r} took {count(ran.spent, 'credit')} from A; its price is {ran.price}"
        yield Hit(Target(step.place), message, f"{step.name} price of {ran.kind}")
