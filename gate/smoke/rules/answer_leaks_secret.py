"""An answer shows a key, a stack trace, or what the provider told you alone.

Keys end isolation; traces tell an attacker what runs where; and people have been told to buy credit at a provider they had never
heard of.

```defect
answer-leaks-secret
```

```defect
service-key-in-answer
```

To mend it: log what the provider says, and tell users in words of your own.
"""

import base64
import json
import re
from collections.abc import Iterator

from gate.finding import Hit, Severity, Target
from gate.rule import rule
from gate.smoke.step import Step

LEAKS = {
    "a key": re.compile(r"(?:sb_secret|sbp|r8|whsec)_[\w+/=-]{12,}|standin-[0-9a-f]{16,}"),
    "a stack trace": re.compile(r"Traceback \(most recent call last\)|\n\s+at [\w.<>]+ \(.*:\d+:\d+\)"),
    "the provider's words": re.compile(
        r"insufficient credit to run|replicate\.com/account|api\.replicate\.com", re.IGNORECASE
    ),
}


TOKEN = re.compile(r"eyJ[\w-]{8,}\.([\w-]+)\.[\w-]+")


@rule(Severity.ERROR)
def answer_leaks_secret(step: Step) -> Iterator[Hit]:
    """Answers of any step or probe."""
    for exchange in step.exchanges:
        text = json.dumps(exchange.body, default=str).replace("\\n", "\n")
        for what in _leaks(text):
            route = re.sub(r"/api/jobs/[^/ ]+", "/api/jobs/{id}", f"{exchange.method} {exchange.path}")
            yield Hit(Target(route), f"an answer of {route} shows {what}", f"{step.name} {route} {what}")


def _leaks(text: str) -> Iterator[str]:
    if any(map(_of_the_service, TOKEN.findall(text))):
        yield "the service role's key"
    for what, pattern in LEAKS.items():
        if pattern.search(text):
            yield what


def _of_the_service(claims: str) -> bool:
    """Whether a token's claims are those of the key that opens everything; people's own tokens are theirs to see."""
    try:
        told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("role") == "service_role"
