"""A token that has expired is accepted.

A stolen token works for ever, and signing out ends nothing.

```defect
expired-token-accepted
```

To mend it: leave the check of `exp` on in the library that verifies tokens, with a leeway of seconds.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.tokens import BadToken
from gate.smoke.step import Step


@rule(Severity.ERROR)
def expired_token_accepted(step: Step) -> Iterator[Hit]:
    """Routes that opened for a token of an hour ago."""
    bad = step.learnt
    if isinstance(bad, BadToken) and bad.flaw == "expired" and bad.accepted:
        message = f"{bad.path} answers {bad.status} to a token that expired an hour ago"
        yield Hit(Target(f"GET {bad.path}"), message, f"{step.name} {bad.path} expired")
