"""A variable that the framework ships to browsers is named after a privileged key.

Whoever deploys fills it with what its name asks for, and the build writes that into the bundle. It does not matter that
the file holds no value.

```env
NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY=  # flagged
```

```ts
const admin = createClient(url, import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY);  // flagged
const replicate = new Replicate({ auth: process.env.NEXT_PUBLIC_REPLICATE_API_TOKEN });  // flagged
```

Without the prefix it stays on the server, and the anon key is made for browsers.

```ts
// never call it NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY
const admin = createClient(process.env.NEXT_PUBLIC_SUPABASE_URL, process.env.SUPABASE_SERVICE_ROLE_KEY);
const app = createClient(url, process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY);
```

A test that reads such a name ships nothing itself: a warning.

```ts
// e2e/setup.ts
const admin = createClient(url, process.env.PUBLIC_SUPABASE_SERVICE_ROLE_KEY);  // flagged
```

To mend it: rename the variable without the prefix, read it on the server only, and rotate the key if a build was shipped.

Where the key itself stands behind the name, another rule says so.

```env
NEXT_PUBLIC_SUPABASE_SERVICE_KEY={{service_role_jwt}}
```
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Span
from gate.rule import rule
from gate.scan.browser import TEST
from gate.scan.check import Artifact
from gate.scan.exposure import Way


@rule(Severity.ERROR)
def privileged_name_in_client_variable(artifact: Artifact) -> Iterator[Hit]:
    """One finding per line; the subject is the file and the name. Where the value shows as well, that is said instead."""
    held = {(secret.line, secret.variable) for secret in artifact.secrets}
    for exposed in artifact.exposures:
        if exposed.way is Way.VARIABLE and (exposed.line, exposed.name) not in held:
            yield Hit(
                Span(artifact.path, exposed.line, exposed.column),
                f"{exposed.name} is shipped to every browser, and is named after a key that none may have",
                f"{artifact.path} {exposed.name}",
                severity=Severity.WARNING if TEST.search(artifact.path) else None,
            )
