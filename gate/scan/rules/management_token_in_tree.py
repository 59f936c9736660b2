"""A Supabase access token stands in a file.

Whoever has it manages every project of the account.

```yaml
env:
  SUPABASE_ACCESS_TOKEN: {{management_token}}  # flagged
```

```yaml
env:
  SUPABASE_ACCESS_TOKEN: ${{ secrets.SUPABASE_ACCESS_TOKEN }}
```

To mend it: revoke the token and use the CI's secrets.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.ERROR)
def management_token_in_tree(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.MANAGEMENT]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"a Supabase access token{secret.dressed}: whoever reads this file manages the whole account{artifact.shipped}",
            f"{artifact.path} management_token_in_tree {number}",
        )
