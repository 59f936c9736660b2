"""The secret that signs an app's tokens stands in a file.

Whoever has it makes tokens of their own: of any user, and of the service role that passes row level security.

```env
SUPABASE_JWT_SECRET={{signing_secret}}  # flagged
```

```yaml
auth:
  jwt_secret: "{{signing_secret}}"  # flagged
```

The one of every local stack, a phrase for a reader and a name from the surroundings are none.

```env
JWT_SECRET=super-secret-jwt-token-with-at-least-32-characters-long
OTHER_JWT_SECRET=generate-one-with-at-least-32-characters-and-keep-it
NEXT_JWT_SECRET=${SUPABASE_JWT_SECRET_OF_THE_PROJECT_IN_PRODUCTION}
```

```ts
const secret = { JWT_SECRET: process.env.SUPABASE_JWT_SECRET_OF_THE_PROJECT };
```

To mend it: move the project to signing keys (or make a new legacy secret, which ends every session and both legacy keys), and read the
secret from the server's environment.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.ERROR)
def signing_secret_in_tree(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.SIGNING]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"a secret that signs tokens{secret.dressed}: whoever reads this file signs in as anyone{artifact.shipped}",
            f"{artifact.path} signing_secret_in_tree {number}",
        )
