"""The start of every replay: what the platform holds before the first migration."""

from gate.audit.catalog import PUBLIC, Acl, Catalog, Column, ForeignKey, Function, Name, Schema, Table
from gate.audit.replay.platform_objects import FUNCTIONS, KEYS, ROLES, TABLES, TRIGGERS
from gate.config import Config, Regime
from gate.finding import Span

PLATFORM = Span("(platform)", 1)
TABLE_ALL = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}
SEQUENCE_ALL = {"SELECT", "UPDATE", "USAGE"}
FUNCTION_ALL = {"EXECUTE"}
SCHEMA_ALL = {"USAGE", "CREATE"}
EXTENSION_SCHEMAS = {  # extensions that allow no other
    "pg_cron": "cron",
    "pg_net": "net",
    "pgmq": "pgmq",
    "pgsodium": "pgsodium",
    "supabase_vault": "vault",
    "pg_graphql": "graphql",
    "pg_tle": "pgtle",
}
ALL = {
    "tables": TABLE_ALL,
    "sequences": SEQUENCE_ALL,
    "functions": FUNCTION_ALL,
    "schemas": SCHEMA_ALL,
    "types": {"USAGE"},
}
EVERYONE = ("anon", "authenticated", "service_role")

SCHEMAS = {  # schema to who may use it
    "public": (PUBLIC, *EVERYONE),
    "auth": EVERYONE,
    "storage": EVERYONE,
    "realtime": EVERYONE,
    "graphql_public": EVERYONE,
    "supabase_functions": EVERYONE,
    "extensions": (PUBLIC,),
    "graphql": (),
    "vault": ("service_role",),
    "pgsodium": (),
    "pgbouncer": (),
    "_realtime": (),
    "supabase_migrations": (),
}
WITHOUT_RLS = {"supabase_functions", "supabase_migrations"}
TAKEN = {  # what the explicit regime takes back
    "tables": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "sequences": {"USAGE", "SELECT"},
    "functions": {"EXECUTE"},
}


def start(config: Config, regime: Regime) -> Catalog:
    """A catalog with the platform's objects, roles and default privileges of a grant regime."""
    catalog = Catalog(config, regime)
    catalog.roles = {role: set() for role in ROLES}
    catalog.roles["authenticator"] = set(EVERYONE)
    for name, users in SCHEMAS.items():
        catalog.schemas[name] = Schema(name)
        for role in users:
            catalog.schemas[name].acl.grant(role, {"USAGE"})
    _tables(catalog)
    for signature, language, volatility in FUNCTIONS:
        _function(catalog, signature, language, volatility)
    for holder, trigger, function in TRIGGERS:
        table = catalog.tables[_name(holder)]
        table.triggers[trigger] = (Name(table.name.schema, function), PLATFORM, True)
    for kind, lost in TAKEN.items():
        held = ALL[kind] - (lost if regime == "explicit" else set())
        catalog.defaults["postgres", "public", kind] = {role: set(held) for role in EVERYONE}
    catalog.defaults["postgres", "storage", "tables"] = {role: set(TABLE_ALL) for role in EVERYONE}
    _keep_grants(catalog)
    return catalog


def _name(text: str) -> Name:
    schema, _, name = text.partition(".")
    return Name(schema, name)


def _tables(catalog: Catalog) -> None:
    for text, columns in TABLES.items():
        name = _name(text)
        made = {column.name: column for column in map(_column, columns.split(", "))}
        primary = ("id",) if "id" in made else ()
        catalog.tables[name] = Table(
            name, PLATFORM, columns=made, rls=name.schema not in WITHOUT_RLS, primary_key=primary
        )
        catalog.platform.add(name)
    for text, column, target in KEYS:
        table = catalog.tables[_name(text)]
        key = ForeignKey(f"{table.name.name}_{column}_fkey", (column,), _name(target), ("id",))
        table.foreign_keys.append(key)
        table.constraints[key.name] = "foreign"
    for open_to_all in ("buckets", "objects"):
        for role in EVERYONE:
            catalog.tables[Name("storage", open_to_all)].acl.grant(role, set(TABLE_ALL))
    for readable in ("s3_multipart_uploads", "s3_multipart_uploads_parts"):
        for role in EVERYONE:
            held = set(TABLE_ALL) if role == "service_role" else {"SELECT"}
            catalog.tables[Name("storage", readable)].acl.grant(role, held)
    for role in EVERYONE:
        catalog.tables[Name("realtime", "messages")].acl.grant(role, {"SELECT", "INSERT", "UPDATE"})


def _column(text: str) -> Column:
    name, kind = text.rstrip("!=").split(" ")
    marks = text[len(name) + 1 + len(kind) :]
    return Column(name, kind, "!" in marks, "default" if "=" in marks else "")


def _function(catalog: Catalog, signature: str, language: str, volatility: str) -> None:
    name, _, rest = signature.partition("(")
    kinds = tuple(kind for kind in rest.removesuffix(")").split(", ") if kind)
    made = Function(
        name=_name(name),
        arguments=tuple(("", kind) for kind in kinds),
        returns="?",
        language=language,
        definer=False,
        volatility=volatility,
        settings={},
        body="",
        place=PLATFORM,
    )
    made.acl.grant(PUBLIC, {"EXECUTE"})
    catalog.functions[made.key] = made
    catalog.platform.add(made.name)


def _keep_grants(catalog: Catalog) -> None:
    """What the platform granted, a migration cannot take back: it may only revoke what it granted itself."""
    for schema in catalog.schemas.values():
        if schema.name != "public":  # whose owner is the database's owner, postgres
            schema.acl.keep()
    for held in (catalog.tables, catalog.functions):
        for one in held.values():
            one.acl.keep()


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
