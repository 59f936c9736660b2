"""A job succeeds although no prediction was made.

The backend says that the model has worked, and Replicate knows nothing of it: a mock or a cached picture was shipped, or the
backend runs on another account than the one whose token the gate holds. Nothing was proven about the model.

```defect
job-succeeds-without-prediction
```

To mend it: run the backend with `MODEL_PROVIDER=replicate` and with the account whose `REPLICATE_API_TOKEN` the gate is given.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.contract import SUCCEEDED
from gate.smoke.step import Ran, Step


@rule(Severity.ERROR)
def job_succeeds_without_prediction(step: Step) -> Iterator[Hit]:
    """First runs that succeeded without a prediction."""
    ran = step.learnt
    if isinstance(ran, Ran) and not ran.again and ran.status == SUCCEEDED and ran.predictions == 0:
        message = "the job succeeded, and Replicate was asked for no prediction"
        yield Hit(Target(step.place), message, f"{step.name} predictions")
