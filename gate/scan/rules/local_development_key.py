"""A well-known local development key stands in a file.

It opens only local stacks. The pattern invites the real key into the same place.

```env
SERVICE_ROLE_KEY={{local_service_role_jwt}}  # flagged
```

The local anon key is public everywhere. A key with the same issuer and a secret of one's own is a real one, and another
rule's question.

```env
ANON_KEY={{anon_jwt}}
SERVICE_ROLE_KEY={{self_hosted_service_role_jwt}}
```
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.NOTE)
def local_development_key(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.LOCAL]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            "the local development key that every installation shares: harmless itself, and the place where a real one ends up",
            f"{artifact.path} local_development_key {number}",
        )
