"""A module that runs in the browser reads the service key.

Either it is undefined there, or some setting has put it into the bundle, and then every visitor has it.

```tsx
"use client";
const admin = createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);  // flagged
```

A server module reads it as it should.

```ts
import { createClient } from "@supabase/supabase-js";
export async function POST() {
  const admin = createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
}
```

To mend it: move the call behind a route of the server that asks who calls.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Span
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.exposure import Way


@rule(Severity.WARNING)
def client_module_reads_service_key(artifact: Artifact) -> Iterator[Hit]:
    """One finding per line; the subject is the file and the name."""
    for exposed in artifact.exposures:
        if exposed.way is Way.MODULE:
            yield Hit(
                Span(artifact.path, exposed.line, exposed.column),
                f"a module that runs in the browser reads {exposed.name}",
                f"{artifact.path} {exposed.name}",
            )
