"""The start of every replay: what the platform holds before the first migration."""

from gate.audit.catalog import PUBLIC, Acl, Catalog, Column, Name, Schema, Table
from gate.config import Config, Regime
from gate.finding import Span

PLATFORM = Span("(platform)", 1)
TABLE_ALL = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}
SEQUENCE_ALL = {"SELECT", "UPDATE", "USAGE"}
FUNCTION_ALL = {"EXECUTE"}
SCHEMA_ALL = {"USAGE", "CREATE"}
ALL = {
    "tables": TABLE_ALL,
    "sequences": SEQUENCE_ALL,
    "functions": FUNCTION_ALL,
    "schemas": SCHEMA_ALL,
    "types": {"USAGE"},
}
EVERYONE = ("anon", "authenticated", "service_role")

TABLES: dict[Name, dict[str, str]] = {
    Name("auth", "users"): {
        "id": "uuid",
        "email": "varchar",
        "phone": "text",
        "role": "varchar",
        "encrypted_password": "varchar",
        "raw_app_meta_data": "jsonb",
        "raw_user_meta_data": "jsonb",
        "created_at": "timestamptz",
        "is_anonymous": "bool",
    },
    Name("auth", "identities"): {"id": "uuid", "user_id": "uuid", "provider": "text", "email": "text"},
    Name("auth", "sessions"): {"id": "uuid", "user_id": "uuid"},
    Name("storage", "buckets"): {"id": "text", "name": "text", "owner": "uuid", "public": "bool", "owner_id": "text"},
    Name("storage", "objects"): {
        "id": "uuid",
        "bucket_id": "text",
        "name": "text",
        "owner": "uuid",
        "metadata": "jsonb",
        "path_tokens": "_text",
        "version": "text",
        "owner_id": "text",
        "user_metadata": "jsonb",
    },
    Name("realtime", "messages"): {
        "id": "uuid",
        "topic": "text",
        "extension": "text",
        "payload": "jsonb",
        "event": "text",
    },
}


def start(config: Config, regime: Regime) -> Catalog:
    """A catalog with the platform's objects, roles and default privileges of a grant regime."""
    catalog = Catalog(config, regime)
    for name in (
        "public",
        "auth",
        "storage",
        "realtime",
        "extensions",
        "graphql",
        "graphql_public",
        "vault",
        "pgsodium",
    ):
        catalog.schemas[name] = Schema(name)
    for name in ("public", "auth", "storage", "realtime", "graphql_public"):
        for role in EVERYONE:
            catalog.schemas[name].acl.grant(role, {"USAGE"})
    catalog.schemas["public"].acl.grant(PUBLIC, {"USAGE"})
    catalog.schemas["extensions"].acl.grant(PUBLIC, {"USAGE"})
    for role in (
        *EVERYONE,
        "postgres",
        "authenticator",
        "supabase_admin",
        "supabase_auth_admin",
        "supabase_storage_admin",
    ):
        catalog.roles[role] = set()
    catalog.roles["authenticator"] = set(EVERYONE)
    for table, columns in TABLES.items():
        made = {column: Column(column, kind) for column, kind in columns.items()}
        catalog.tables[table] = Table(table, PLATFORM, columns=made, rls=True, primary_key=("id",))
        catalog.platform.add(table)
    for table in (Name("storage", "buckets"), Name("storage", "objects")):
        for role in EVERYONE:
            catalog.tables[table].acl.grant(role, set(TABLE_ALL))
    for role in EVERYONE:
        catalog.tables[Name("realtime", "messages")].acl.grant(role, {"SELECT", "INSERT", "UPDATE"})
    taken = {
        "tables": {"SELECT", "INSERT", "UPDATE", "DELETE"},
        "sequences": {"USAGE", "SELECT"},
        "functions": {"EXECUTE"},
    }
    for kind, lost in taken.items():
        held = ALL[kind] - (lost if regime == "explicit" else set())
        catalog.defaults["postgres", "public", kind] = {role: set(held) for role in EVERYONE}
    return catalog


def born_with(catalog: Catalog, schema: str, kind: str, owner: str = "postgres") -> Acl:
    """The grants of a new object: its owner's default privileges, and what Postgres gives to everyone."""
    acl = Acl()
    everywhere = catalog.defaults.get((owner, "", kind))
    if kind == "functions" and everywhere is None:
        acl.grant(PUBLIC, {"EXECUTE"})
    for held in (everywhere or {}, catalog.defaults.get((owner, schema, kind), {})):
        for role, privileges in held.items():
            acl.grant(role, set(privileges))
    return acl
