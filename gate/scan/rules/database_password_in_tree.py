"""A database address with a password stands in a file.

Whoever has it logs in to the database itself.

```env
DATABASE_URL=postgresql://postgres:{{password}}@db.abcdefghijklmnopqrst.supabase.co:5432/postgres  # flagged
```

The same in pieces.

```ts
const pool = new Pool({ host: "db.abcdefghijklmnopqrst.supabase.co", user: "postgres", password: "{{password}}" });  // flagged
const other = new Pool({ host: "db.abcdefghijklmnopqrst.supabase.co", password: process.env.DB_PASSWORD });
```

The local stack's password is everybody's, and a placeholder is nobody's.

```env
DATABASE_URL=postgresql://postgres:postgres@127.0.0.1:54322/postgres
OTHER_URL=postgresql://postgres:[YOUR-PASSWORD]@db.abcdefghijklmnopqrst.supabase.co:5432/postgres
```

A password that is a variable is none, and a host without a dot is known to one compose file only.

```yaml
environment:
  DATABASE_URL: postgresql://postgres:${DB_PASSWORD}@db.abcdefghijklmnopqrst.supabase.co:5432/postgres
  TEST_URL: postgresql://tester:{{password}}@database:5432/test
```

To mend it: change the password and read the address from the server's environment.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind


@rule(Severity.ERROR)
def database_password_in_tree(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key; the subject is where it stands, never what it is."""
    found = [secret for secret in artifact.secrets if secret.kind is Kind.DATABASE]
    for number, secret in enumerate(found, 1):
        yield Hit(
            artifact.place(secret),
            f"a database address with its password{secret.dressed}: whoever reads this file logs in past everything{artifact.shipped}",
            f"{artifact.path} database_password_in_tree {number}",
        )
