"""The start of every replay: what the platform holds before the first migration."""

from typing import Any

from gate.audit.catalog import (
    PUBLIC,
    Acl,
    Catalog,
    Column,
    Constraint,
    ForeignKey,
    Function,
    Membership,
    Name,
    Publication,
    Role,
    Schema,
    Table,
    Trigger,
)
from gate.audit.replay import parser
from gate.audit.replay.platform_objects import (
    DEFAULTED,
    FUNCTIONS,
    GENERATED,
    GIVES_ROWS,
    KEYS,
    NOT_CASCADED,
    ROLES,
    TABLES,
    TRIGGERS,
)
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
EVERYONES = {"functions": "EXECUTE", "types": "USAGE"}  # what Postgres itself gives to PUBLIC
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
SUPERUSER = "supabase_admin"
OWNERS = {  # schema to who owns it and what is in it; the rest belongs to the superuser
    "public": "pg_database_owner",
    "auth": "supabase_auth_admin",
    "storage": "supabase_storage_admin",
    "realtime": "supabase_realtime_admin",
    "supabase_migrations": "postgres",
}
NOINHERIT = (
    *("authenticator", "supabase_auth_admin", "supabase_storage_admin"),
    *("supabase_realtime_admin", "supabase_functions_admin"),
)
WITHOUT_RLS = {"supabase_functions", "supabase_migrations"}
TAKEN = {  # what the explicit regime takes back
    "tables": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "sequences": {"USAGE", "SELECT"},
    "functions": {"EXECUTE"},
}


def start(config: Config, regime: Regime) -> Catalog:
    """A catalog with the platform's objects, roles and default privileges of a grant regime."""
    catalog = Catalog(config, regime)
    catalog.roles = {role: Role(role) for role in ROLES}
    _roles(catalog)
    for name, users in SCHEMAS.items():
        catalog.schemas[name] = Schema(name, owner=OWNERS.get(name, SUPERUSER))
        for role in users:
            catalog.schemas[name].acl.grant(role, {"USAGE"})
    catalog.schemas["public"].comment = "standard public schema"
    _tables(catalog)
    for signature, language, volatility in FUNCTIONS:
        _function(catalog, signature, language, volatility)
    for holder, trigger, function, events, columns, each_row in TRIGGERS:
        table = catalog.tables[_name(holder)]
        made = Trigger(trigger, Name(table.name.schema, function), PLATFORM, "before", frozenset(events.split()))
        made.columns, made.each_row = columns, each_row
        made.condition = _too_long() if columns else None
        table.triggers[trigger] = made
    catalog.publications["supabase_realtime"] = Publication("supabase_realtime", PLATFORM)
    for kind, lost in TAKEN.items():
        held = catalog.defaults["postgres", "public", kind] = Acl()
        for role in EVERYONE:
            held.grant(role, ALL[kind] - lost)
            if regime == "auto":
                held.lend(role, lost)
    of_storage = catalog.defaults["postgres", "storage", "tables"] = Acl()
    for role in EVERYONE:
        of_storage.grant(role, TABLE_ALL)
    _keep_grants(catalog)
    return catalog


def _too_long() -> Any:
    """The WHEN of the trigger that keeps names of buckets short."""
    return parser.unwrap(parser.parse("select length(new.name) > 100")[0]).target_list[0].res_target.val


def _roles(catalog: Catalog) -> None:
    """Who may log in, who passes row security, and whose rights postgres and authenticator have."""
    for name in ("postgres", "authenticator"):
        catalog.roles[name].login = True
    for name in ("postgres", "service_role", "supabase_read_only_user"):
        catalog.roles[name].bypasses_rls = True
    for name in NOINHERIT:
        catalog.roles[name].inherits = False
    catalog.roles["postgres"].creates_roles = catalog.roles["postgres"].creates_databases = True
    catalog.roles["authenticator"].member_of = {role: Membership(inherit=False) for role in EVERYONE}
    held = catalog.roles["postgres"].member_of
    held |= {role: Membership(admin=True) for role in EVERYONE}
    held |= {
        role: Membership(set=False) for role in OWNERS.values() if role.startswith("supabase_") and role != SUPERUSER
    }
    held["authenticator"] = Membership(inherit=False, set=False, admin=True)
    for role in ("pg_monitor", "pg_signal_backend", "supabase_superuser", "supabase_privileged_role", "pgtle_admin"):
        held[role] = Membership()


def _name(text: str) -> Name:
    schema, _, name = text.partition(".")
    return Name(schema, name)


def _tables(catalog: Catalog) -> None:
    for text, columns in TABLES.items():
        name = _name(text)
        made = {column.name: column for column in map(_column, columns.split(", "))}
        primary = ("id",) if "id" in made else ()
        catalog.tables[name] = Table(
            name,
            PLATFORM,
            columns=made,
            rls=name.schema not in WITHOUT_RLS,
            primary_key=primary,
            owner=OWNERS.get(name.schema, SUPERUSER),
        )
        catalog.platform.add(name)
    for text, column in GENERATED:
        catalog.tables[_name(text)].columns[column].kind = "generated"
    catalog.tables[Name("realtime", "subscription")].columns["id"].kind = "identity"
    for text, column, target in KEYS:
        table = catalog.tables[_name(text)]
        on_delete = "" if column in NOT_CASCADED else "cascade"
        key = ForeignKey(f"{table.name.name}_{column}_fkey", (column,), _name(target), ("id",), on_delete)
        table.foreign_keys.append(key)
        table.constraints[key.name] = Constraint(key.name, "foreign", key.columns)
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
        owner=OWNERS.get(_name(name).schema, SUPERUSER),
        defaulted=DEFAULTED.get(name, 0),
        returns_set=name in GIVES_ROWS,
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
    if kind in EVERYONES and everywhere is None:
        acl.grant(PUBLIC, {EVERYONES[kind]})
    born = [held for held in (everywhere, catalog.defaults.get((owner, schema, kind))) if held]
    for held in born:
        for role, privileges in held.grants.items():
            acl.grant(role, privileges - held.lent[role] if role in held.lent else privileges)
    for held in born:
        for role, privileges in held.lent.items():
            acl.lend(role, privileges)
    return acl
