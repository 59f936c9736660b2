"""Imports are followed as bundlers follow them: from code of the browser to what reads the key, and no further than it ships."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from gate.check import Context
from gate.config import load_config
from gate.scan.check import SCAN
from gate.scan.exposure import Exposure, Way
from gate.scan.script import read_module
from tests.scan.project import written

CLIENT = '"use client"\n'
ADMIN = "export const admin = () => createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY)\n"
USE = "export default function Page() { return admin() }\n"


def exposed(root: Path, files: Mapping[str, str]) -> list[tuple[str, Exposure]]:
    """What the tree gives away by names."""
    written(root, files)
    subjects = list(SCAN.subjects(Context(load_config(root))))
    return [(artifact.path, one) for artifact in subjects for one in artifact.exposures]


def chains(root: Path, files: Mapping[str, str]) -> list[str]:
    """The chains of imports, in words."""
    return [" -> ".join(one.chain) for _, one in exposed(root, files) if one.way is Way.IMPORT]


def package(**others: object) -> str:
    return json.dumps({"name": "app", **others})


REACHED: dict[str, tuple[dict[str, str], str]] = {
    "a relative path": (
        {"app/a.tsx": f'{CLIENT}import {{ admin }} from "../lib/admin"\n{USE}', "lib/admin.ts": ADMIN},
        "app/a.tsx -> lib/admin.ts:1",
    ),
    "with the ending of what it is compiled to": (
        {"app/a.tsx": f'{CLIENT}import {{ admin }} from "../lib/admin.js"\n{USE}', "lib/admin.ts": ADMIN},
        "app/a.tsx -> lib/admin.ts:1",
    ),
    "a folder's index": (
        {
            "app/a.tsx": f'{CLIENT}import {{ admin }} from "../lib"\n{USE}',
            "lib/index.ts": "export { make as admin } from './admin'\n",
            "lib/admin.ts": ADMIN.replace("const admin", "const make"),
        },
        "app/a.tsx -> lib/index.ts -> lib/admin.ts:1",
    ),
    "an alias of tsconfig": (
        {
            "tsconfig.json": '{\n // words\n "extends": "./base", "compilerOptions": {"baseUrl": "."},\n}',
            "base.json": "{}",
            "app/a.tsx": f'{CLIENT}import {{ admin }} from "lib/admin"\n{USE}',
            "lib/admin.ts": ADMIN,
        },
        "app/a.tsx -> lib/admin.ts:1",
    ),
    "an alias of a configuration that is extended": (
        {
            "web/tsconfig.json": '{"extends": "../base.json"}',
            "base.json": '{"compilerOptions": {"paths": {"#lib/*": ["./lib/*"]}}}',
            "web/a.tsx": f'{CLIENT}import {{ admin }} from "#lib/admin"\n{USE}',
            "lib/admin.ts": ADMIN,
        },
        "web/a.tsx -> lib/admin.ts:1",
    ),
    "a package of the workspace": (
        {
            "apps/web/a.tsx": f'{CLIENT}import {{ admin }} from "@acme/db/admin"\n{USE}',
            "packages/db/package.json": '{"name": "@acme/db", "exports": {"./*": {"types": "./x", "default": "./src/*.ts"}}}',
            "packages/db/src/admin.ts": ADMIN,
        },
        "apps/web/a.tsx -> packages/db/src/admin.ts:1",
    ),
    "a package's main": (
        {
            "apps/web/a.tsx": f'{CLIENT}import {{ admin }} from "db"\n{USE}',
            "packages/db/package.json": '{"name": "db", "main": "src/index.ts"}',
            "packages/db/src/index.ts": "export * from './admin'",
            "packages/db/src/admin.ts": ADMIN,
        },
        "apps/web/a.tsx -> packages/db/src/index.ts -> packages/db/src/admin.ts:1",
    ),
    "an import while it runs": (
        {
            "app/a.tsx": f'{CLIENT}export const go = async () => (await import("../lib/admin")).admin()\n',
            "lib/admin.ts": ADMIN,
        },
        "app/a.tsx -> lib/admin.ts:1",
    ),
    "require": (
        {"app/a.js": f'{CLIENT}const {{ admin }} = require("../lib/admin")\n{USE}', "lib/admin.js": ADMIN},
        "app/a.js -> lib/admin.js:1",
    ),
    "the whole module": (
        {
            "app/a.tsx": f'{CLIENT}import * as db from "../lib/admin"\nexport const f = () => db.admin()\n',
            "lib/admin.ts": ADMIN,
        },
        "app/a.tsx -> lib/admin.ts:1",
    ),
    "a default export": (
        {
            "app/a.tsx": f'{CLIENT}import admin from "../lib/admin"\n{USE}',
            "lib/admin.ts": "export default createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY)\n",
        },
        "app/a.tsx -> lib/admin.ts:1",
    ),
    "what runs when it is loaded": (
        {
            "app/a.tsx": f'{CLIENT}import {{ words }} from "../lib/admin"\nexport const f = () => words\n',
            "lib/admin.ts": "const all = createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY)\nexport const words = 1\n",
        },
        "app/a.tsx -> lib/admin.ts:1",
    ),
    "names over many lines": (
        {
            "app/a.tsx": f'{CLIENT}import {{\n  // words\n  other,\n  admin as make,\n}} from "../lib/admin"\nexport const f = () => make()\n',
            "lib/admin.ts": "export const other = 1\n" + ADMIN,
        },
        "app/a.tsx -> lib/admin.ts:2",
    ),
    "a circle": (
        {
            "app/a.tsx": f'{CLIENT}import {{ one }} from "../lib/one"\nexport const f = () => one()\n',
            "lib/one.ts": "import { two } from './two'\nexport const one = () => two()\n",
            "lib/two.ts": "import { one } from './one'\nimport { admin } from './admin'\nexport const two = () => [one, admin]\n",
            "lib/admin.ts": ADMIN,
        },
        "app/a.tsx -> lib/one.ts -> lib/two.ts -> lib/admin.ts:1",
    ),
    "a page of Vite": (
        {
            "index.html": '<script type="module" src="/src/main.ts"></script>',
            "src/main.ts": "import { admin } from '@/admin'\nadmin()\n",
            "src/admin.ts": ADMIN,
        },
        "src/main.ts -> src/admin.ts:1",
    ),
    "an app of Create React App": (
        {
            "package.json": package(dependencies={"react-scripts": "5"}),
            "src/index.js": "import { admin } from './admin'\nadmin()\n",
            "src/admin.js": ADMIN,
        },
        "src/index.js -> src/admin.js:1",
    ),
    "an app of Expo": (
        {
            "package.json": package(dependencies={"expo": "5", "expo-router": "5"}, main="expo-router/entry"),
            "app/(tabs)/home.tsx": f'import {{ admin }} from "../../lib/admin"\n{USE}',
            "lib/admin.ts": ADMIN,
        },
        "app/(tabs)/home.tsx -> lib/admin.ts:1",
    ),
    "an extension of Chrome": (
        {
            "manifest.json": '{"manifest_version": 3, "background": {"service_worker": "bg.js"}, "action": {"default_popup": "popup.html"}}',
            "popup.html": '<script src="popup.js"></script>',
            "bg.js": "import { admin } from './admin.js'\nadmin()\n",
            "admin.js": ADMIN,
        },
        "bg.js -> admin.js:1",
    ),
    "an app of Capacitor that reads it itself": (
        {
            "package.json": package(dependencies={"@capacitor/core": "7"}),
            "index.html": '<script type=module src="src/main.js"></script>',
            "src/main.js": ADMIN,
        },
        "src/main.js:1",
    ),
    "an app of Angular": (
        {
            "angular.json": '{"projects": {"a": {"architect": {"build": {"options": {"browser": "src/main.ts"}}}}}}',
            "src/main.ts": "import { admin } from './admin'\nadmin()\n",
            "src/admin.ts": ADMIN,
        },
        "src/main.ts -> src/admin.ts:1",
    ),
    "a component of Svelte": (
        {
            "src/routes/+page.svelte": "<script>\n  import { admin } from '$lib/admin';\n  admin();\n</script>",
            "src/lib/admin.ts": ADMIN,
        },
        "src/routes/+page.svelte -> src/lib/admin.ts:1",
    ),
    "a page of Next.js": (
        {
            "package.json": package(dependencies={"next": "15"}),
            "pages/a.tsx": f'import {{ admin }} from "../lib/admin"\n{USE}',
            "lib/admin.ts": ADMIN,
        },
        "pages/a.tsx -> lib/admin.ts:1",
    ),
}


@pytest.mark.parametrize("name", list(REACHED))
def test_a_key_that_the_browser_reaches(tmp_path: Path, name: str) -> None:
    files, chain = REACHED[name]

    assert chains(tmp_path, files) == [chain]


IMPORTING = f'{CLIENT}import {{ admin }} from "../lib/admin"\n{USE}'
KEPT: dict[str, dict[str, str]] = {
    "server-only": {"app/a.tsx": IMPORTING, "lib/admin.ts": f'import "server-only"\n{ADMIN}'},
    "a module of Node": {"app/a.tsx": IMPORTING, "lib/admin.ts": f'import fs from "node:fs"\n{ADMIN}'},
    "a server action": {"app/a.tsx": IMPORTING, "lib/admin.ts": f"'use server'\n{ADMIN}"},
    "a server action in its function": {
        "app/a.tsx": IMPORTING,
        "lib/admin.ts": ADMIN.replace("=> createClient", "=> {\n 'use server'\n return createClient") + "}\n",
    },
    "a function of a framework's server": {
        "app/a.tsx": IMPORTING,
        "lib/admin.ts": "export const admin = createServerFn().handler(() => process.env.SUPABASE_SERVICE_ROLE_KEY)\n",
    },
    "a name that says server": {
        "app/a.tsx": IMPORTING.replace("lib/admin", "lib/admin.server"),
        "lib/admin.server.ts": ADMIN,
    },
    "SvelteKit's folder of the server": {
        "a.svelte": "<script>\nimport { admin } from '$lib/server/admin'\nadmin()</script>",
        "src/lib/server/admin.ts": ADMIN,
    },
    "a type": {
        "app/a.tsx": f'{CLIENT}import {{ type Admin }} from "../lib/admin"\nexport const f = (admin: Admin) => admin\n',
        "lib/admin.ts": f"{ADMIN}export type Admin = ReturnType<typeof admin>\n",
    },
    "a class that is only a type": {
        "app/a.tsx": f'{CLIENT}import {{ Admin }} from "../lib/admin"\nexport const f = (admin: Admin) => admin\n',
        "lib/admin.ts": "export class Admin {\n  key = process.env.SUPABASE_SERVICE_ROLE_KEY\n}\n",
    },
    "what is imported and never used": {
        "app/a.tsx": f'{CLIENT}import {{ admin }} from "../lib/admin"\nexport const f = 1\n',
        "lib/admin.ts": ADMIN,
    },
    "an import in a comment": {
        "app/a.tsx": f'{CLIENT}// import {{ admin }} from "../lib/admin"\n/*\nimport {{ admin }} from "../lib/admin"\n*/\n{USE}',
        "lib/admin.ts": ADMIN,
    },
    "a server component": {"app/a.tsx": IMPORTING.removeprefix(CLIENT), "lib/admin.ts": ADMIN},
    "a test": {"app/a.test.tsx": IMPORTING, "lib/admin.ts": ADMIN},
    "only on the server": {
        "app/a.tsx": IMPORTING,
        "lib/admin.ts": "export const admin = () => {\n  if (typeof window === 'undefined') return process.env.SUPABASE_SERVICE_ROLE_KEY\n}\n",
    },
    "settings that are checked": {
        "app/a.tsx": f'{CLIENT}import {{ env }} from "../env"\nexport const f = () => env.NEXT_PUBLIC_URL\n',
        "env.ts": "export const env = createEnv({\n  runtimeEnv: { K: process.env.SUPABASE_SERVICE_ROLE_KEY },\n})\n",
    },
    "data of a page": {
        "package.json": package(dependencies={"next": "15"}),
        "pages/a.tsx": 'import { admin } from "../lib/admin"\nexport async function getServerSideProps() {\n  return admin()\n}\nexport default function Page() {}\n',
        "lib/admin.ts": ADMIN,
    },
    "a loader": {
        "package.json": package(dependencies={"@remix-run/react": "2"}),
        "app/routes/a.tsx": 'import { admin } from "../../lib/admin"\nexport const loader = async () => admin()\nexport default function Page() {}\n',
        "lib/admin.ts": ADMIN,
    },
}


@pytest.mark.parametrize("name", list(KEPT))
def test_a_key_that_stays_on_the_server(tmp_path: Path, name: str) -> None:
    assert chains(tmp_path, KEPT[name]) == []


def test_the_place_is_the_import(tmp_path: Path) -> None:
    files = {"app/a.tsx": f"{CLIENT}\n\nimport {{ admin }} from '../lib/admin'\n{USE}", "lib/admin.ts": f"\n{ADMIN}"}

    [(path, one)] = exposed(tmp_path, files)

    assert (path, one.line, one.column, one.name) == ("app/a.tsx", 4, 1, "SUPABASE_SERVICE_ROLE_KEY")


def test_many_that_import_it_are_one_finding_with_the_shortest_way(tmp_path: Path) -> None:
    files = {
        f"app/{n}.tsx": f'{CLIENT}import {{ far }} from "../lib/far"\nexport const f = () => far()\n' for n in range(9)
    }
    files |= {"app/z.tsx": IMPORTING, "lib/admin.ts": ADMIN}
    files["lib/far.ts"] = "import { admin } from './admin'\nexport const far = () => admin()\n"

    assert chains(tmp_path, files) == ["app/z.tsx -> lib/admin.ts:1"]


def test_a_large_tree_is_quick(tmp_path: Path) -> None:
    files = {
        f"m/{n}.ts": f"import {{ f{n + 1} }} from './{n + 1}'\nimport {{ f0 }} from './0'\nexport const f{n} = () => [f{n + 1}, f0]\n"
        for n in range(3000)
    }
    files |= {
        "m/3000.ts": ADMIN.replace("admin", "f3000"),
        "a.tsx": f"{CLIENT}import {{ f0 }} from './m/0'\nexport const f = () => f0()\n",
    }
    began = time.monotonic()

    [chain] = chains(tmp_path, files)

    assert chain.count("->") == 3001
    assert time.monotonic() - began < 25


@pytest.mark.parametrize(
    "text",
    ["import {" * 50_000, "import a, " * 50_000, "import\n" * 100_000, "export " * 50_000, "/*" * 100_000, "const x = (" * 40_000,
     "".join(f"const a{n} = () => a{n - 1}\n" for n in range(20_000)), "'\"" * 100_000, "require(" * 50_000, "const {" * 50_000],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_hostile_modules_take_linear_time(text: str) -> None:
    began = time.monotonic()
    module = read_module(text)
    module.whole(module.parts)

    assert time.monotonic() - began < 8


def test_circles_of_configurations_and_broken_ones_end(tmp_path: Path) -> None:
    files = {
        "app/a.tsx": IMPORTING,
        "lib/admin.ts": ADMIN,
        "tsconfig.json": '{"extends": "./b.json", "compilerOptions": {"paths": {"@/*": "x", "y": [1]}}}',
        "b.json": '{"extends": "./tsconfig.json"}',
        "package.json": "[" * 5000,
        "jsconfig.json": "no JSON",
    }

    assert chains(tmp_path, files) == ["app/a.tsx -> lib/admin.ts:1"]
