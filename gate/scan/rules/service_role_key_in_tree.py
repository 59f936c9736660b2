"""A service-role key stands in a file.

Whoever reads the file, a bundle or the repository has every row of every table, past row level security.

```env
SUPABASE_SERVICE_ROLE_KEY={{service_role_jwt}}  # flagged
```

A self-hosted key may have an issuer of its own, and a bundle or an address may hold it too.

```js
const admin=connect("https://h/?apikey={{self_hosted_service_role_jwt}}&x=1");  // flagged
```

Neither encoding nor cutting hides it: a Kubernetes Secret is base64, and a bundle may add it up from pieces.

```yaml
data:
  key: {{service_role_jwt:base64}}  # flagged
  other: {{anon_jwt:base64}}
```

```js
const key = "{{service_role_jwt:added}}";  // flagged
const all = ["{{service_role_jwt:listed}}"].join("");  // flagged
const anon = "{{anon_jwt:added}}";
```

The anon key is made to be public, and so is a user's own session.

```env
SUPABASE_ANON_KEY={{anon_jwt}}
SESSION={{user_jwt}}
```

A token whose signature cannot be one opens nothing.

```env
SUPABASE_SERVICE_ROLE_KEY={{placeholder_service_role_jwt}}
```

To mend it: rotate the key, then keep the new one in the secret store of the platform that runs the server.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.ERROR)
def service_role_key_in_tree(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.SERVICE_ROLE and secret.variable is None]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"a service-role key{secret.dressed}: whoever reads this file reads and writes every row, past row level security{artifact.shipped}",
            f"{artifact.path} service_role_key_in_tree {number}",
        )
