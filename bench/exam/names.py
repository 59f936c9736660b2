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
IMPORTS = {"client-imports-service-key": Severity.WARNING}
ANSWERS = {"server-function-answers-anyone": Severity.WARNING}
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


def chains(_keys: Keys) -> Iterator[Case]:
    """Code of the browser that imports what reads the key, and code that stays on the server."""
    admin = f"export const admin = () => {READ}\n"
    page = "'use client'\nimport { admin } from '@/lib/admin'\nexport default function Page() { return admin() }\n"
    main = "import { admin } from './admin'\nadmin()\n"
    settings = '{"compilerOptions": {"paths": {"@/*": ["./*"]}}}'
    there = {"tsconfig.json": settings, "app/a.tsx": page}
    yield text("import by an alias", {**there, "lib/admin.ts": admin}, IMPORTS)
    yield text("import by a re-export", {**there, "lib/admin.ts": "export * from './b'\n", "lib/b.ts": admin}, IMPORTS)
    yield text(
        "page of Vite", {"index.html": '<script src="/main.js"></script>', "main.js": main, "admin.js": admin}, IMPORTS
    )
    extension = '{"manifest_version": 3, "background": {"service_worker": "bg.js"}}'
    yield text("extension of Chrome", {"manifest.json": extension, "bg.js": main, "admin.js": admin}, IMPORTS)
    expo = '{"main": "App.js", "dependencies": {"expo": "52"}}'
    yield text("app of Expo", {"package.json": expo, "App.js": main, "admin.js": admin}, IMPORTS)
    yield text("import of what is server-only", {**there, "lib/admin.ts": f"import 'server-only'\n{admin}"})
    yield text("import of a server action's file", {**there, "lib/admin.ts": f"'use server'\n{admin}"})
    typed = page.replace("import {", "import type {").replace("return admin()", "return 1")
    yield text("import of a type", {**there, "app/a.tsx": typed, "lib/admin.ts": admin})
    yield text(
        "import by a server component",
        {**there, "app/a.tsx": page.removeprefix("'use client'\n"), "lib/admin.ts": admin},
    )


def functions(_keys: Keys) -> Iterator[Case]:
    """Functions of a server that answer anyone, and such that ask who calls."""
    client = "const admin = createClient(url, Deno.env.get('SUPABASE_SERVICE_ROLE_KEY'))"
    asking = "const { data } = await admin.auth.getUser(req.headers.get('Authorization'))"
    doing = "const { id } = await req.json(); await admin.from('rows').delete().eq('id', id)"
    edge = "supabase/functions/a/index.ts"
    route = f"export async function POST(req) {{\n  const admin = {READ}\n  %s\n  {doing}\n}}\n"
    express = (
        f"app.post('/rows', async (req, res) => {{ const admin = {READ}; await admin.from('a').insert(req.body) }})\n"
    )
    action = f"'use server'\nexport async function remove(id) {{\n  await {READ}.from('a').delete().eq('id', id)\n}}\n"
    signed = "if (!verifySignature(await req.text(), req.headers.get('x-signature'))) return new Response('', { status: 401 })"
    cron = "if (req.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) return new Response('')"
    yield text("edge function", {edge: f"Deno.serve(async (req) => {{ {client}; {doing} }})\n"}, ANSWERS)
    yield text("route of Next.js", {"app/api/a/route.ts": route % ""}, ANSWERS)
    yield text(
        "api of pages",
        {"pages/api/a.ts": f"export default async (req, res) => {{ await {READ}.from(req.body.t).delete() }}\n"},
        ANSWERS,
    )
    yield text("handler of Express", {"server.js": express}, ANSWERS)
    yield text("server action", {"app/actions.ts": action}, ANSWERS)
    yield text("edge function that asks", {edge: f"Deno.serve(async (req) => {{ {client}; {asking}; {doing} }})\n"})
    yield text("route with a signature", {"app/api/a/route.ts": route % signed})
    yield text("route of a cron job", {"app/api/a/route.ts": route % cron})
    yield text("function without a say", {edge: f"Deno.serve(async () => {{ {client}; await admin.rpc('tidy') }})\n"})
    yield text("handler behind a guard", {"server.js": f"app.use(requireAuth())\n{express}"})
