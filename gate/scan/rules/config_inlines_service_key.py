"""A framework's configuration writes the service key into the bundle.

What stands in `env`, `define`, `extra` or the public runtime settings replaces the name in browser code by its value.

```next
module.exports = {
  env: {
    SUPABASE_URL: process.env.SUPABASE_URL,
    SUPABASE_SERVICE_ROLE_KEY: process.env.SUPABASE_SERVICE_ROLE_KEY,  // flagged
  },
};
```

```vite
export default defineConfig({
  define: { "process.env.KEY": JSON.stringify(process.env.SUPABASE_SERVICE_ROLE_KEY) },  // flagged
});
```

```webpack
module.exports = { plugins: [new webpack.DefinePlugin({ KEY: JSON.stringify(process.env.SERVICE_ROLE_KEY) })] };  // flagged
```

```expo
export default { extra: { serviceRoleKey: process.env.SUPABASE_SERVICE_ROLE_KEY } };  // flagged
```

```angular
export const environment = { production: true, supabaseServiceRoleKey: "" };  // flagged
```

Nuxt keeps what is not under `public` on the server, and so do other parts of these files.

```nuxt
export default defineNuxtConfig({
  runtimeConfig: {
    serviceRoleKey: process.env.SUPABASE_SERVICE_ROLE_KEY,
    public: { anonKey: process.env.SUPABASE_ANON_KEY },
  },
});
```

```nuxt
export default defineNuxtConfig({
  runtimeConfig: { public: { serviceKey: process.env.SUPABASE_SERVICE_ROLE_KEY } },  // flagged
});
```

```next
if (!process.env.SUPABASE_SERVICE_ROLE_KEY) throw new Error("no key");
module.exports = { env: { ANON_KEY: process.env.SUPABASE_ANON_KEY } };
```

To mend it: take the entry out, read the variable in server code, and rotate the key if a build was shipped.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Span
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.exposure import Way


@rule(Severity.ERROR)
def config_inlines_service_key(artifact: Artifact) -> Iterator[Hit]:
    """One finding per line; the subject is the file and the name."""
    for exposed in artifact.exposures:
        if exposed.way is Way.CONFIG:
            yield Hit(
                Span(artifact.path, exposed.line, exposed.column),
                f"{exposed.name} is written into the bundle by this configuration",
                f"{artifact.path} {exposed.name}",
            )
