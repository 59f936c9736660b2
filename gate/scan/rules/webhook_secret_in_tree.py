"""A webhook signing secret stands in a file.

Whoever has it forges webhooks that your backend believes.

```env
WEBHOOK_SECRET={{webhook_secret}}  # flagged
```

```env
WEBHOOK_SECRET=whsec_...
```
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.WARNING)
def webhook_secret_in_tree(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.WEBHOOK]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"a webhook signing secret{secret.dressed}: whoever reads this file can forge webhooks{artifact.shipped}",
            f"{artifact.path} webhook_secret_in_tree {number}",
        )
