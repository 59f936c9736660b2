"""A job takes any address as its input.

The backend, or the provider on its behalf, fetches what the caller names: addresses of your own network, cloud metadata, or a
stranger's files at your cost.

```defect
input-address-taken
```

To mend it: take only paths of the user's own uploads, and make the address that goes to the provider yourself.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.inputs import BadInput
from gate.smoke.step import Step


@rule(Severity.ERROR)
def input_address_taken(step: Step) -> Iterator[Hit]:
    """Jobs that succeeded on an address."""
    bad = step.learnt
    if isinstance(bad, BadInput) and bad.kind == "address" and bad.succeeded and bad.predicted:
        shown = "the backend's own address" if bad.path.endswith("/") and "169" not in bad.path else repr(bad.path)
        yield Hit(
            Target("POST /api/jobs"),
            f"a job succeeded on {shown} as its input",
            f"{step.name} {bad.path.partition(':')[0]} address",
        )
