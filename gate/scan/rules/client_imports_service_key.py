"""Code that runs in the browser imports a module that reads the service key.

The build follows imports: the module is shipped with the page, the name of the key stands in the bundle, and whatever puts a value
there (a prefix, a setting of the framework, a default in the code) gives every visitor the key that passes row level security.

```ts
// app/users.tsx
"use client";
import { listUsers } from "../lib/users";  // flagged
export default function Users() {
  return <List load={listUsers} />;
}
// lib/users.ts
import { admin } from "./admin";
export const listUsers = () => admin().auth.admin.listUsers();
// lib/admin.ts
export const admin = () => createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
```

A re-export, an alias and a package of the same workspace lead on.

```ts
// web/tsconfig.json
{ "compilerOptions": { "paths": { "@db/*": ["./db/*"] } } }
// web/main.vue
<script setup>
import { remove } from "@db/index";  // flagged
remove();
</script>
// web/db/index.ts
export * from "./rows";
// web/db/rows.ts
const client = createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
export const remove = () => client.from("rows").delete();
```

A function of the server is called over the network, and its module stays where it is.

```ts
// app/users.tsx
"use client";
import { listUsers } from "../lib/users";
export default function Users() {
  return <List load={listUsers} />;
}
// lib/users.ts
"use server";
import { admin } from "./admin";
export const listUsers = async () => admin().auth.admin.listUsers();
// lib/admin.ts
export const admin = () => createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
```

So does one that says `server-only`: with it the build would fail. Types are gone before anything runs.

```ts
// app/users.tsx
"use client";
import type { Admin } from "../lib/admin";
export default function Users({ admin }: { admin: Admin }) {}
// app/page.tsx
import { admin } from "../lib/admin";
export default async function Page() {
  return <Users users={await admin().auth.admin.listUsers()} />;
}
// lib/admin.ts
export type Admin = ReturnType<typeof admin>;
export const admin = () => createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
```

A function beside the one that reads the key is dropped with it, or taken without it.

```ts
// app/users.tsx
"use client";
import { browser } from "../lib/clients";
export default function Users() {
  return <List client={browser()} />;
}
// lib/clients.ts
export const browser = () => createClient(url, process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY);
export const admin = () => createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY);
```

To mend it: write `import "server-only"` into the module that reads the key, and call it behind a route or a server action that
asks who calls.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Span
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.exposure import Way


@rule(Severity.WARNING)
def client_imports_service_key(artifact: Artifact) -> Iterator[Hit]:
    """One finding per place that reads the key; the subject is the file, the name, and the file that reads it."""
    for exposed in artifact.exposures:
        if exposed.way is Way.IMPORT:
            reader = exposed.chain[-1].rpartition(":")[0]
            doing = f"imports what reads {exposed.name}" if len(exposed.chain) > 1 else f"reads {exposed.name}"
            yield Hit(
                Span(artifact.path, exposed.line, exposed.column),
                f"runs in the browser and {doing}: {' -> '.join(exposed.chain)}",
                f"{artifact.path} {exposed.name} {reader}",
            )
