"""A secret key (sb_secret_) stands in a file.

It stands for the service role: whoever has it passes row level security.

```js
const admin = createClient(url, "{{sb_secret}}");  // flagged
```

A publishable key may be public, and a placeholder is none.

```js
const app = createClient(url, "{{sb_publishable}}");
const doc = createClient(url, "sb_secret_xxxxxxxxxxxxxxxxxxxxxx_xxxxxxxx");
```

To mend it: revoke the key in the dashboard and read the new one from the server's environment.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Span
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.ERROR)
def secret_key_in_tree(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.SECRET_KEY and secret.variable is None]
    for number, secret in enumerate(found, 1):
        yield Hit(
            Span(artifact.path, secret.line),
            "a secret key (sb_secret_): whoever reads this file passes row level security",
            f"{artifact.path} secret_key_in_tree {number}",
        )
