"""Cases by value: what is a key, what is only a sample of one, and what may be public."""

import json
import time
from collections.abc import Iterator

from bench.exam.case import Case, text
from bench.exam.keys import LOCAL_SECRET, Keys
from bench.exam.ways import WAYS
from gate.finding import Severity

SERVICE = {"service-role-key-in-tree": Severity.ERROR}
SECRET = {"secret-key-in-tree": Severity.ERROR}
MANAGEMENT = {"management-token-in-tree": Severity.ERROR}
REPLICATE = {"replicate-token-in-tree": Severity.ERROR}
WEBHOOK = {"webhook-secret-in-tree": Severity.WARNING}
DATABASE = {"database-password-in-tree": Severity.ERROR}
SIGNING = {"signing-secret-in-tree": Severity.ERROR}
LOCAL = {"local-development-key": Severity.NOTE}
EXPIRED = {"expired-service-role-key": Severity.NOTE}


def values(keys: Keys) -> Iterator[Case]:
    """Every kind of key as it is."""
    soon = int(time.time()) + 3600
    turned = {"exp": soon, "role": "service_role", "ref": keys.ref, "iss": "supabase"}
    own = {"role": "service_role", "iss": "https://auth.h.example/v1", "exp": soon}
    yield text("legacy key", {".env": f"SUPABASE_SERVICE_ROLE_KEY={keys.service()}\n"}, SERVICE)
    yield text("claims in another order", {"a.json": f'{{"k": "{keys.token("", turned)}"}}'}, SERVICE)
    yield text("self-hosted issuer", {"a.toml": f"key = '{keys.token('', own)}'"}, SERVICE)
    for algorithm in ("HS512", "ES256", "RS256"):
        yield text(
            f"signed by {algorithm}", {"a.py": f'K = "{keys.token("service_role", algorithm=algorithm)}"'}, SERVICE
        )
    for role in ("supabase_admin", "supabase_auth_admin", "postgres"):
        yield text(f"role {role}", {"a.yml": f"key: {keys.token(role)}"}, SERVICE)
    yield text("secret key", {"a.ts": f"const k = '{keys.secret()}'"}, SECRET)
    yield text("access token", {"ci.yml": f"env:\n  SUPABASE_ACCESS_TOKEN: {keys.management()}\n"}, MANAGEMENT)
    yield text("access token of an app", {"a.sh": f"export T=sbp_oauth_{keys.management()[4:]}"}, MANAGEMENT)
    yield text("Replicate token", {"a.py": f'os.environ["REPLICATE_API_TOKEN"] = "{keys.replicate()}"'}, REPLICATE)
    yield text("webhook secret", {"a.env": f"HOOK={keys.webhook()}"}, WEBHOOK)
    yield text("database address", {"a.env": f"DATABASE_URL={keys.database()}"}, DATABASE)
    pooler = f"postgres://postgres.{keys.ref}:{keys.letters(16)}@aws-0-eu-west-1.pooler.supabase.com:6543/postgres"
    yield text("database address of the pooler", {"prisma/.env": f'URL="{pooler}?pgbouncer=true"'}, DATABASE)
    coded = keys.database(f"{keys.letters(6)}%40{keys.letters(6)}%23")
    yield text("database password, percent-encoded", {"a.yaml": f"url: {coded}"}, DATABASE)
    signing = keys.letters(64)
    yield text("signing secret", {".env": f"SUPABASE_JWT_SECRET={signing}\n"}, SIGNING)
    yield text("signing secret in settings", {"a.yml": f'auth:\n  jwt_secret: "{keys.letters(40)}=="\n'}, SIGNING)
    apart = f'{{"host": "db.{keys.ref}.supabase.co", "user": "postgres", "password": "{keys.letters(14)}"}}'
    yield text("database in an object", {"a.json": apart}, DATABASE)
    psql = f"PGPASSWORD='{keys.letters(14)}' psql -h db.{keys.ref}.supabase.co -U postgres\n"
    yield text("database password for psql", {"a.sh": psql}, DATABASE)


def clothing(keys: Keys) -> Iterator[Case]:
    """Every clothing, on keys of both generations in turn, and on a public key."""
    for number, (name, way) in enumerate(WAYS.items()):
        key, wanted = (keys.secret(), SECRET) if number % 2 else (keys.service(), SERVICE)
        if name.startswith("letters"):
            key, wanted = keys.service(), SERVICE
        yield text(name, {"a.txt": way(key)}, wanted)
        yield text(f"public, {name}", {"a.txt": way(keys.publishable() if number % 2 else keys.anon())})


def low(keys: Keys) -> Iterator[Case]:
    """What opens nothing, and is told as such."""
    demo = {"iss": "supabase-demo", "role": "service_role", "exp": 1983812996}
    past = {"iss": "supabase", "ref": keys.ref, "role": "service_role", "exp": int(time.time()) - 60}
    yield text("local key", {"supabase/.env": f"K={keys.token('', demo, secret=LOCAL_SECRET)}"}, LOCAL)
    yield text("local key in a test", {"a.test.ts": f"const k = '{keys.token('', demo, secret=LOCAL_SECRET)}'"}, LOCAL)
    yield text("expired key", {"a.env": f"K={keys.token('', past)}"}, EXPIRED)
    yield text("demo issuer, own secret", {"a.env": f"K={keys.token('', demo)}"}, SERVICE)


def silent(keys: Keys) -> Iterator[Case]:
    """What looks like a key and is none, or is made to be public."""
    body = keys.service().rpartition(".")[0]
    session = {"sub": keys.letters(12), "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 60}
    stranger = {"iss": "https://accounts.example", "sub": "1", "admin": True}
    within = {"role": "authenticated", "app_metadata": {"role": "service_role"}, "note": "service_role"}
    integrity = "".join(f'"integrity": "sha512-{keys.letters(86)}==",\n' for _ in range(200))
    noise = ";".join(f'var {keys.letters(2)}="{keys.letters(40)}",r8_=sb_,eyJ={keys.letters(3)}' for _ in range(400))
    yield text("anon key", {".env": f"NEXT_PUBLIC_SUPABASE_ANON_KEY={keys.anon()}"})
    yield text("publishable key", {"a.ts": f'createClient(url, "{keys.publishable()}")'})
    yield text("a user's session", {"a.json": f'{{"access_token": "{keys.token("", session)}"}}'})
    yield text("another issuer's token", {"a.http": f"Authorization: Bearer {keys.token('', stranger)}"})
    yield text("the role elsewhere in a token", {"a.txt": keys.token("", within)})
    yield text("token without a signature", {"README.md": f"SERVICE_ROLE_KEY={body}.your-signature-here"})
    yield text("token cut short", {"README.md": f"SERVICE_ROLE_KEY={keys.service()[:40]}..."})
    yield text("example settings", {".env.example": EXAMPLE})
    yield text("documentation", {"docs/a.md": EXAMPLE + "sb_secret_... or r8_... or sbp_...\n"})
    yield text("integrity strings", {"package-lock.json": integrity})
    yield text("minified noise", {"vendor.min.js": noise})
    yield text("hashes", {"sums.txt": "\n".join(keys.letters(64, "0123456789abcdef") for _ in range(300))})
    yield text("local database", {".env": "A=postgresql://postgres:postgres@127.0.0.1:54322/postgres"})
    yield text("database in one compose file", {"compose.yml": f"url: postgres://app:{keys.letters(9)}@db:5432/app"})
    yield text(
        "password from a variable", {"a.yml": "url: postgresql://postgres:${DB_PASSWORD}@db.h.org:5432/postgres"}
    )
    yield text(
        "secrets of the CI", {".github/workflows/a.yml": "env:\n  KEY: ${{ secrets.SUPABASE_SERVICE_ROLE_KEY }}\n"}
    )
    yield text("letters before a prefix", {"a.ts": f"const {keys.letters(3)}r8_x = 1; const usersb_secret_ = 2"})


EXAMPLE = """\
SUPABASE_SERVICE_ROLE_KEY=your-service-role-key
SUPABASE_SECRET_KEY=sb_secret_xxxxxxxxxxxxxxxxxxxxxx_xxxxxxxx
SUPABASE_ACCESS_TOKEN=sbp_0000000000000000000000000000000000000000
REPLICATE_API_TOKEN=r8_your_token_here
WEBHOOK_SECRET=whsec_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
DATABASE_URL=postgresql://postgres:[YOUR-PASSWORD]@db.abcdefghijklmnopqrst.supabase.co:5432/postgres
JWT_SECRET=your-super-secret-jwt-token-with-at-least-32-characters-long
"""


def places(keys: Keys) -> Iterator[Case]:
    """The files in which keys are met."""
    curl = f"curl -H 'apikey: {keys.service()}' https://{keys.ref}.supabase.co/rest/v1/"
    mcp = {"mcpServers": {"supabase": {"command": "npx", "args": ["--access-token", keys.management()]}}}
    cell = {"cells": [{"cell_type": "code", "source": ["import os\n", f'key = "{keys.secret()}"\n']}]}
    cron = f"select cron.schedule('a', '* * * * *', $$ select net.http_post(headers := '{{\"Authorization\": \"Bearer {keys.service()}\"}}') $$);"
    lock = {
        "packages": {"a": {"resolved": f"https://h.example/a.tgz?apikey={keys.service()}", "integrity": "sha512-x"}}
    }
    page = {"props": {"pageProps": {"config": {"key": keys.service()}}}}
    bundle = "a=1;" * 600_000 + f'k="{keys.secret()}"' + ";b=2" * 20_000
    settings = {"database.connection": keys.database()}
    yield text("a migration's cron body", {"supabase/migrations/1_a.sql": cron}, SERVICE)
    yield text("settings of an agent's tools", {".mcp.json": json.dumps(mcp)}, MANAGEMENT)
    yield text("settings of an editor", {".vscode/settings.json": json.dumps(settings)}, DATABASE)
    yield text("notebook", {"a.ipynb": json.dumps(cell)}, SECRET)
    yield text("shell history", {".zsh_history": f": 1700000000:0;{curl}\n"}, SERVICE)
    yield text("CI file", {".github/workflows/a.yml": f"jobs:\n  a:\n    steps:\n      - run: {curl}\n"}, SERVICE)
    yield text("lock file with an address", {"package-lock.json": json.dumps(lock)}, SERVICE)
    yield text("page of Next.js", {"out/index.html": f"<script id=__NEXT_DATA__>{json.dumps(page)}</script>"}, SERVICE)
    yield text("bundle of one long line", {"dist/app.js": bundle}, SECRET)
    yield text("ignored build", {".gitignore": "dist\n", "dist/a.js": f"x('{keys.service()}')"}, SERVICE)
    yield text("packages that ship", {".next/standalone/node_modules/a/i.js": f"k='{keys.secret()}'"}, SECRET)
    yield text("name that is no letter", {"ä ö/[id].ts": f"k='{keys.secret()}'"}, SECRET)
    yield text("dockerfile", {"Dockerfile": f"FROM node\nENV SUPABASE_KEY={keys.service()}\n"}, SERVICE)
    yield text("Terraform", {"a.tfvars": f'service_key = "{keys.service()}"'}, SERVICE)
    yield text("Windows script", {"a.ps1": f'$env:KEY = "{keys.secret()}"\r\n'.encode("utf-16")}, SECRET)
