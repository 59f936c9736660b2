"""Cases by exposure: code that would ship a privileged key whatever its value is, and code that is as it should be."""

from collections.abc import Iterator

from bench.exam.case import Case, text
from bench.exam.keys import Keys
from gate.finding import Severity

PREFIXES = (
    "NEXT_PUBLIC",
    "VITE",
    "REACT_APP",
    "EXPO_PUBLIC",
    "NUXT_PUBLIC",
    "PUBLIC",
    "GATSBY",
    "STORYBOOK",
    "VUE_APP",
    "NX_PUBLIC",
    "SANITY_STUDIO",
    "REDWOOD_ENV",
    "PLASMO_PUBLIC",
)
NAME = {"privileged-name-in-client-variable": Severity.ERROR}
VALUE = {"service-role-in-client-variable": Severity.ERROR}
CONFIG = {"config-inlines-service-key": Severity.ERROR}
MODULE = {"client-module-reads-service-key": Severity.WARNING}
READ = "createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY)"


def names(keys: Keys) -> Iterator[Case]:
    """Variables with a client's prefix, configurations, and modules of the browser."""
    for prefix in PREFIXES:
        yield text(f"name with {prefix}", {".env.production": f"{prefix}_SUPABASE_SERVICE_ROLE_KEY=\n"}, NAME)
    yield text("name in code", {"a.ts": "const k = import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY\n"}, NAME)
    yield text("name of a Replicate token", {"a.ts": "f(process.env.NEXT_PUBLIC_REPLICATE_API_TOKEN)\n"}, NAME)
    yield text("value with a prefix", {".env": f"NEXT_PUBLIC_SUPABASE_KEY={keys.service()}\n"}, VALUE)
    yield text("secret key with a prefix", {"a.ts": f"const o = {{ VITE_SUPABASE_KEY: '{keys.secret()}' }}"}, VALUE)
    yield text(
        "env of Next.js", {"next.config.js": "module.exports = { env: { K: process.env.SERVICE_ROLE_KEY } }\n"}, CONFIG
    )
    define = "export default { define: { 'process.env.K': JSON.stringify(process.env.SUPABASE_SERVICE_ROLE_KEY) } }\n"
    yield text("define of Vite", {"vite.config.ts": define}, CONFIG)
    plugin = "new webpack.DefinePlugin({ K: JSON.stringify(process.env.SUPABASE_SERVICE_ROLE_KEY) })\n"
    yield text("plugin of webpack", {"webpack.config.js": plugin}, CONFIG)
    yield text("extra of Expo", {"app.json": '{"expo": {"extra": {"serviceRoleKey": "x"}}}\n'}, CONFIG)
    nuxt = "export default { runtimeConfig: { public: { k: process.env.SUPABASE_SERVICE_ROLE_KEY } } }\n"
    yield text("public settings of Nuxt", {"nuxt.config.ts": nuxt}, CONFIG)
    yield text(
        "environment of Angular",
        {"src/environments/environment.prod.ts": "export const e = { serviceRoleKey: '' }\n"},
        CONFIG,
    )
    yield text("module of the browser", {"app/a.tsx": f"'use client'\nconst admin = {READ}\n"}, MODULE)
    yield text(
        "private settings of Nuxt",
        {"nuxt.config.ts": "export default { runtimeConfig: { serviceRoleKey: '', public: { a: '' } } }\n"},
    )
    yield text("key read on the server", {"lib/admin.ts": f"import 'server-only'\nexport const admin = {READ}\n"})
    yield text("public name", {".env": "NEXT_PUBLIC_SUPABASE_ANON_KEY=\nVITE_SUPABASE_PUBLISHABLE_KEY=\n"})
    yield text("name in a comment", {".env": "# never NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY=\n"})
