"""A token that nobody signed, or that somebody else did, is accepted.

Whoever writes another person's id into a token is that person: garbage, `alg: none`, another secret, another id under an old
signature or a cut signature must all be refused.

```defect
forged-token-accepted
```

```defect
alg-none-accepted
```

To mend it: verify the signature against the project's own key with a fixed list of algorithms, or ask Supabase
(`auth.get_user(token)`); never decode a token without verifying it.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.probes.tokens import BadToken
from gate.smoke.step import Step


@rule(Severity.ERROR)
def forged_token_accepted(step: Step) -> Iterator[Hit]:
    """Routes that opened for a token of our own making."""
    bad = step.learnt
    if isinstance(bad, BadToken) and bad.flaw == "forged" and bad.accepted:
        message = f"{bad.path} answers {bad.status} to a forged token ({bad.how})"
        yield Hit(Target(f"GET {bad.path}"), message, f"{step.name} {bad.path} {bad.how}")
