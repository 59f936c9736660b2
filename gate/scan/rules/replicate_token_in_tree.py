"""A Replicate token stands in a file.

Whoever has it runs models at your cost and reads your predictions.

```env
REPLICATE_API_TOKEN={{replicate_token}}  # flagged
```

```env
REPLICATE_API_TOKEN=r8_your_token_here
```

To mend it: revoke the token and read the new one from the server's environment.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.ERROR)
def replicate_token_in_tree(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.REPLICATE]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"a Replicate token{secret.dressed}: whoever reads this file runs models at your cost{artifact.shipped}",
            f"{artifact.path} replicate_token_in_tree {number}",
        )
