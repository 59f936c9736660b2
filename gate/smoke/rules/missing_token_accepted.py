"""A request without a token is answered as if somebody had signed in.

Anybody on the network uses the API, and pays with whomever the backend takes them for.

```defect
missing-token-accepted
```

To mend it: let every route depend on the one function that reads the token, and have that answer 401 when there is none.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.tokens import BadToken
from gate.smoke.step import Step


@rule(Severity.ERROR)
def missing_token_accepted(step: Step) -> Iterator[Hit]:
    """Routes that opened without any token."""
    bad = step.learnt
    if isinstance(bad, BadToken) and bad.flaw == "missing" and bad.accepted:
        yield Hit(
            Target(f"GET {bad.path}"),
            f"{bad.path} answers {bad.status} without a token",
            f"{step.name} {bad.path} missing",
        )
