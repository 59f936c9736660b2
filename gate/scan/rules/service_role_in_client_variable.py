"""A variable that the framework ships to browsers holds a service-role key.

Its prefix makes the build inline it: every visitor has the key that passes row level security.

```env
NEXT_PUBLIC_SUPABASE_KEY={{service_role_jwt}}  # flagged
```

A secret key (sb_secret_) stands for the same role.

```js
const settings = { VITE_SUPABASE_KEY: "{{sb_secret}}" };  // flagged
```

The anon key and the publishable key are made for browsers.

```env
NEXT_PUBLIC_SUPABASE_KEY={{anon_jwt}}
VITE_SUPABASE_KEY={{sb_publishable}}
```

A name without such a prefix stays on the server; a key that stands in a file all the same is another rule's question.

```env
SUPABASE_KEY={{service_role_jwt}}
```

To mend it: rotate the key, rename the variable without the prefix, and read it on the server only.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import PRIVILEGED


@rule(Severity.ERROR)
def service_role_in_client_variable(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind in PRIVILEGED and secret.variable is not None]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"{secret.variable} is shipped to every browser and holds a {secret.described}",
            f"{artifact.path} service_role_in_client_variable {number}",
        )
