"""Names of privileged keys where browsers see them, and the server code beside it that is as it should be."""

import time
from pathlib import Path

import pytest

from gate.check import Context
from gate.config import load_config
from gate.scan.check import SCAN
from gate.scan.exposure import Way, exposures
from tests.scan.project import written

READ = "const k = process.env.SUPABASE_SERVICE_ROLE_KEY;\n"


def ways(path: str, text: str) -> list[tuple[Way, int]]:
    return [(exposed.way, exposed.line) for exposed in exposures(path, text)]


@pytest.mark.parametrize(
    "prefix",
    ["NEXT_PUBLIC", "VITE", "REACT_APP", "EXPO_PUBLIC", "NUXT_PUBLIC", "PUBLIC", "GATSBY", "STORYBOOK", "VUE_APP"],
)
@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", "{}="),
        (".env.example", "A=1\n{}=your-key"),
        ("deploy.yml", "env:\n  {}: ${{{{ secrets.KEY }}}}"),
        ("Dockerfile", "FROM node\nARG {}"),
        ("a.ts", "x;\nconst k = process.env.{};"),
        ("a.svelte", "<script>\nconst k = import.meta.env['{}']</script>"),
    ],
)
def test_a_name_with_a_clients_prefix(prefix: str, path: str, text: str) -> None:
    written_text = text.format(f"{prefix}_SUPABASE_SERVICE_ROLE_KEY")

    assert ways(path, written_text + "\n") == [(Way.VARIABLE, written_text.count("\n") + 1)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY=x"),
        ("a.ts", "// process.env.NEXT_PUBLIC_SUPABASE_SERVICE_ROLE_KEY"),
        (".env", "# VITE_SUPABASE_SERVICE_ROLE_KEY="),
        (".env", "SUPABASE_SERVICE_ROLE_KEY=\nVITE_SUPABASE_ANON_KEY=\nVITE_SERVICE_ROLES_URL=\n"),
        (".env", "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY=\nMY_VITE_SUPABASE_SERVICE_ROLE_KEY=\n"),
        ("app/api/a/route.ts", READ),
        ("supabase/functions/a/index.ts", "Deno.env.get('SUPABASE_SERVICE_ROLE_KEY')"),
        ("a.tsx", f'import "x";\n{READ}// "use client"'),
        ("a.tsx", f'const s = `\n"use client"`;\n{READ}'),
        ("next.config.js", READ + "module.exports = { env: { A: process.env.ANON } };"),
        ("vite.config.ts", READ + 'export default { define: { "A": "1" }, server: { x: process.env.SERVICE_ROLE } }'),
        ("lib/config.js", "module.exports = { env: { KEY: process.env.SUPABASE_SERVICE_ROLE_KEY } }"),
        ("nuxt.config.ts", "runtimeConfig: { serviceRoleKey: '', public: { url: '' } }"),
    ],
)
def test_what_is_as_it_should_be(path: str, text: str) -> None:
    assert ways(path, text) == []


@pytest.mark.parametrize(
    "start", ['"use client"', "'use client';", '// a\n/* b\n */\n"use client";', '\ufeff"use client"']
)
def test_a_client_module(start: str) -> None:
    assert ways("a.tsx", f"{start}\n{READ}") == [(Way.MODULE, start.count("\n") + 2)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("next.config.mjs", "export default {\n env: {\n a: {b: 1},\n KEY: process.env.SERVICE_ROLE_KEY } }"),
        ("apps/web/vite.config.ts", "x\n\ndefine: {\n'process.env.SERVICE_ROLE_KEY': 1}"),
        ("webpack.prod.js", "\n\nnew DefinePlugin({\nA: process.env.SERVICE_ROLE_KEY})"),
        ("app.json", '{"expo": {\n"extra": {\n"a": 1,\n"serviceRoleKey": ""}}}'),
        ("environment.ts", "\n\n\nserviceRole: ''"),
    ],
)
def test_a_configuration_that_inlines_it(path: str, text: str) -> None:
    assert ways(path, text) == [(Way.CONFIG, 4)]


def test_through_the_scan(tmp_path: Path) -> None:
    written(
        tmp_path,
        {
            "app/page.tsx": f'"use client"\n{READ}',
            "app/api/route.ts": READ,
            ".env.example": "VITE_SUPABASE_SERVICE_ROLE_KEY=\n",
        },
    )

    met = {
        artifact.path: [one.way for one in artifact.exposures]
        for artifact in SCAN.subjects(Context(load_config(tmp_path)))
    }

    assert met == {".env.example": [Way.VARIABLE], "app/page.tsx": [Way.MODULE]}


def test_hostile_code_takes_linear_time() -> None:
    began = time.monotonic()
    for path, text in [
        ("next.config.js", "env: {" * 2_000),
        ("a.ts", "process.env." * 50_000),
        ("a.ts", "/*" * 100_000),
        (".env", "VITE_" * 50_000),
        ("a.ts", "NEXT_PUBLIC_SERVICE_ROLE" * 20_000),
    ]:
        list(exposures(path, text))

    assert time.monotonic() - began < 10
