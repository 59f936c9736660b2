"""A well-known local development key stands in a file.

It opens only local stacks. The pattern invites the real key into the same place.

```env
SERVICE_ROLE_KEY={{local_service_role_jwt}}  # flagged
```

```env
ANON_KEY={{anon_jwt}}
```
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Span
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.secrets import Kind


@rule(Severity.NOTE)
def local_development_key(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.LOCAL]
    for number, secret in enumerate(found, 1):
        yield Hit(
            Span(artifact.path, secret.line),
            "the local development key that every installation shares: harmless itself, and the place where a real one ends up",
            f"{artifact.path} local_development_key {number}",
        )
