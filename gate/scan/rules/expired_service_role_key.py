"""An expired service-role key stands in a file.

It opens nothing any more, and shows where the next one would stand.

```env
SERVICE_ROLE_KEY={{expired_service_role_jwt}}  # flagged
```

```env
ANON_KEY={{anon_jwt}}
```
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.NOTE)
def expired_service_role_key(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.EXPIRED]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"a service-role key that has expired{secret.dressed}: it opens nothing now, and shows where the next one would stand",
            f"{artifact.path} expired_service_role_key {number}",
        )
