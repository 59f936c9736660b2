"""A secret key (sb_secret_) stands in a file.

It stands for the service role: whoever has it passes row level security.

```js
const admin = createClient(url, "{{sb_secret}}");  // flagged
```

Neither escapes nor hex hide it.

```js
const key = "{{sb_secret:escaped}}";  // flagged
const other = decode("{{sb_secret:hex}}");  // flagged
const app = "{{sb_publishable:escaped}}";
```

A publishable key may be public, and a placeholder is none.

```js
const app = createClient(url, "{{sb_publishable}}");
const doc = createClient(url, "sb_secret_xxxxxxxxxxxxxxxxxxxxxx_xxxxxxxx");
```

To mend it: revoke the key in the dashboard and read the new one from the server's environment.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.ERROR)
def secret_key_in_tree(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.SECRET_KEY and secret.variable is None]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"a secret key (sb_secret_){secret.dressed}: whoever reads this file passes row level security{artifact.shipped}",
            f"{artifact.path} secret_key_in_tree {number}",
        )
