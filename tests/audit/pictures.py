"""Two pictures of a database in the same words: what the server reports, and what the replay believes.

A picture maps a fact's name, as in ("policy", "public.notes", "own"), to its value. What was there before the first
migration is taken out of both, so the platform's own objects count only where a migration changed them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from gate.audit.catalog import Acl, Catalog, Name
from gate.postgres import Connection

Key = tuple[str, ...]
Picture = dict[Key, Any]
# Whoever owns things has every right anyway, and what the platform's services hold is no question of the project.
NOT_COMPARED = ("postgres", "dashboard_user", "pgbouncer", "gate_api", "gate_local_owner")
EXTENSION_HOMES = ("cron", "net", "pgmq", "pgsodium", "pgtle", "graphql", "vault")

VISIBLE = """
not (n.nspname like 'pg\\_%%' or n.nspname in ('information_schema', 'cron', 'net', 'pgmq', 'pgsodium', 'pgtle', 'graphql', 'vault'))
and not exists (select from pg_depend as d where d.classid = '{catalog}'::regclass and d.objid = {oid} and d.deptype = 'e')
"""
GRANTS = """
(select coalesce(json_agg(json_build_array(coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), a.privilege_type)), '[]')
 from aclexplode({acl}) as a where a.grantee <> {owner})
"""


def visible(catalog: str, oid: str) -> str:
    return VISIBLE.format(catalog=catalog, oid=oid).replace("%%", "%")


def grants(acl: str, owner: str) -> str:
    return GRANTS.format(acl=acl, owner=owner)


KIND_LETTER = "case c.relkind when 'S' then 's' else 'r' end::\"char\""
SCHEMAS = f"""
select n.nspname, {grants("coalesce(n.nspacl, acldefault('n', n.nspowner))", "n.nspowner")}
from pg_namespace as n where {visible("pg_namespace", "n.oid")}
"""
RELATIONS = f"""
select n.nspname, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity, coalesce(c.reloptions, '{{}}'),
       {grants(f"coalesce(c.relacl, acldefault({KIND_LETTER}, c.relowner))", "c.relowner")}
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and {visible("pg_class", "c.oid")}
"""
COLUMNS = f"""
select n.nspname, c.relname, a.attname, t.typname, a.attnotnull, a.atthasdef or a.attidentity <> '',
       {grants("a.attacl", "c.relowner")}
from pg_attribute as a join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
join pg_type as t on t.oid = a.atttypid
where c.relkind in ('r', 'p', 'f') and a.attnum > 0 and not a.attisdropped and {visible("pg_class", "c.oid")}
"""
CONSTRAINTS = f"""
select n.nspname, c.relname, k.contype::text, k.conname,
       (select array_agg(a.attname::text order by x.at) from unnest(k.conkey) with ordinality as x (number, at)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = x.number),
       fn.nspname, f.relname,
       (select array_agg(a.attname::text order by x.at) from unnest(k.confkey) with ordinality as x (number, at)
        join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = x.number)
from pg_constraint as k join pg_class as c on c.oid = k.conrelid join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as f on f.oid = k.confrelid left join pg_namespace as fn on fn.oid = f.relnamespace
where k.contype in ('p', 'f') and k.conparentid = 0 and {visible("pg_class", "c.oid")}
"""
POLICIES = f"""
select n.nspname, c.relname, p.polname, p.polcmd::text, p.polpermissive,
       (select array_agg(coalesce(nullif(r, 0)::regrole::text, 'public')) from unnest(p.polroles) as r),
       coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
from pg_policy as p join pg_class as c on c.oid = p.polrelid join pg_namespace as n on n.oid = c.relnamespace
where {visible("pg_class", "c.oid")}
"""
READS = f"""
select distinct n.nspname, c.relname, sn.nspname, s.relname
from pg_rewrite as w join pg_class as c on c.oid = w.ev_class join pg_namespace as n on n.oid = c.relnamespace
join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
join pg_class as s on s.oid = d.refobjid join pg_namespace as sn on sn.oid = s.relnamespace
where c.relkind in ('v', 'm') and s.relkind in ('r', 'p', 'f', 'v', 'm') and s.oid <> c.oid and {visible("pg_class", "c.oid")}
"""
FUNCTIONS = f"""
select n.nspname, p.proname,
       (select coalesce(array_agg(t.typname::text order by x.at), '{{}}') from unnest(p.proargtypes::oid[]) with ordinality as x (type, at)
        join pg_type as t on t.oid = x.type),
       p.prokind::text, p.prosecdef, l.lanname, p.provolatile::text, coalesce(p.proconfig, '{{}}'),
       {grants("coalesce(p.proacl, acldefault('f', p.proowner))", "p.proowner")}
from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace join pg_language as l on l.oid = p.prolang
where p.prokind in ('f', 'p', 'w') and {visible("pg_proc", "p.oid")}
"""
TRIGGERS = f"""
select n.nspname, c.relname, t.tgname, pn.nspname, p.proname, t.tgenabled <> 'D'
from pg_trigger as t join pg_class as c on c.oid = t.tgrelid join pg_namespace as n on n.oid = c.relnamespace
join pg_proc as p on p.oid = t.tgfoid join pg_namespace as pn on pn.oid = p.pronamespace
where not t.tgisinternal and t.tgparentid = 0 and c.relkind <> 'v' and {visible("pg_class", "c.oid")}
"""
DEFAULTS = f"""
select d.defaclrole::regrole::text, coalesce(n.nspname, ''), d.defaclobjtype::text, {grants("d.defaclacl", "d.defaclrole")}
from pg_default_acl as d left join pg_namespace as n on n.oid = d.defaclnamespace
"""
ROLES = """
select r.rolname, (select coalesce(array_agg(m.roleid::regrole::text), '{}') from pg_auth_members as m where m.member = r.oid)
from pg_roles as r
"""
ENUMS = f"""
select n.nspname, t.typname, array_agg(e.enumlabel::text order by e.enumsortorder)
from pg_enum as e join pg_type as t on t.oid = e.enumtypid join pg_namespace as n on n.oid = t.typnamespace
where {visible("pg_type", "t.oid")} group by 1, 2
"""
COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
VOLATILITY = {"v": "volatile", "s": "stable", "i": "immutable"}
KINDS = {"r": "tables", "S": "sequences", "f": "functions", "n": "schemas", "T": "types", "L": "large objects"}


def compared(role: str) -> bool:
    return role not in NOT_COMPARED and not role.startswith(("supabase_", "pg_", "pgsodium_", "pgtle_"))


def held(rows: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for role, privilege in rows:
        role_name = role.strip('"')
        if compared(role_name):
            found.setdefault(role_name, set()).add(privilege)
    return {role: frozenset(privileges) for role, privileges in found.items()}


def setting(value: str) -> str:
    return ", ".join(word.strip().strip("\"'") for word in value.split(","))


def of_server(db: Connection) -> Picture:  # noqa: PLR0912 - one loop for each catalog
    """What the server reports."""
    facts: Picture = {}
    for schema, acl in db.execute(SCHEMAS.encode()):
        facts["schema", schema] = held(acl)
    for schema, name, kind, rls, forced, options, acl in db.execute(RELATIONS.encode()):
        label = f"{schema}.{name}"
        if kind == "S":
            facts["sequence", label] = held(acl)
            continue
        if kind in "vm":
            facts["view", label] = (kind == "m", dict(sorted(option.split("=", 1) for option in options)))
            facts["reads", label] = []
        else:
            facts["table", label] = ("foreign" if kind == "f" else "table", rls, forced)
            facts["primary key", label] = ()
        facts["grants", label] = held(acl)
    for schema, table, name, kind, required, default, acl in db.execute(COLUMNS.encode()):
        facts["column", f"{schema}.{table}", name] = (kind, required, default)
        if held(acl):
            facts["column grants", f"{schema}.{table}", name] = held(acl)
    for schema, table, kind, name, columns, other_schema, other, theirs in db.execute(CONSTRAINTS.encode()):
        if kind == "p":
            facts["primary key", f"{schema}.{table}"] = tuple(columns)
        else:
            facts["foreign key", f"{schema}.{table}", name] = (tuple(columns), f"{other_schema}.{other}", tuple(theirs))
    for schema, table, name, command, permissive, roles, using, check in db.execute(POLICIES.encode()):
        named = frozenset(role.strip('"') for role in roles)
        facts["policy", f"{schema}.{table}", name] = (COMMANDS[command], permissive, named, using, check)
    for schema, view, other_schema, other in db.execute(READS.encode()):
        facts["reads", f"{schema}.{view}"] = sorted([*facts["reads", f"{schema}.{view}"], f"{other_schema}.{other}"])
    for row in db.execute(FUNCTIONS.encode()):
        facts.update(_server_function(*row))
    for schema, table, name, home, function, fires in db.execute(TRIGGERS.encode()):
        facts["trigger", f"{schema}.{table}", name] = (f"{home}.{function}", fires)
    for owner, schema, kind, acl in db.execute(DEFAULTS.encode()):
        if compared(owner) or owner == "postgres":
            facts["default privileges", owner, schema, KINDS[kind]] = held(acl)
    for role, memberships in db.execute(ROLES.encode()):
        if compared(role):
            facts["role", role] = frozenset(one.strip('"') for one in memberships if compared(one))
    for schema, name, labels in db.execute(ENUMS.encode()):
        facts["enum", f"{schema}.{name}"] = labels
    for bucket, public in db.execute("select id, public from storage.buckets"):
        facts["bucket", bucket] = public
    return _settled(facts)


def _server_function(
    schema: str,
    name: str,
    types: list[str],
    kind: str,
    definer: bool,
    language: str,
    volatility: str,
    config: list[str],
    acl: list[tuple[str, str]],
) -> Iterator[tuple[Key, Any]]:
    label = f"{schema}.{name}({', '.join(types)})"
    settings = {key.lower(): setting(value) for key, _, value in (one.partition("=") for one in config)}
    kind_name = "procedure" if kind == "p" else "function"
    yield ("function", label), (kind_name, definer, language, VOLATILITY[volatility], settings)
    yield ("grants", label), held(acl)


def of_catalog(catalog: Catalog, db: Connection | None = None) -> Picture:  # noqa: PLR0912 - as above
    """What the replay believes. Conditions are brought to the server's own form by feeding them to it."""
    facts: Picture = {}
    for name, schema in catalog.schemas.items():
        if name not in EXTENSION_HOMES:
            facts["schema", name] = _acl(schema.acl)
    for table in catalog.tables.values():
        label = str(table.name)
        facts["table", label] = (table.kind, table.rls, table.forced)
        facts["primary key", label] = table.primary_key
        facts["grants", label] = _acl(table.acl)
        for column in table.columns.values():
            facts["column", label, column.name] = (column.type, column.not_null, bool(column.default))
        for column_name, acl in _column_acls(table.acl).items():
            facts["column grants", label, column_name] = acl
        for key in table.foreign_keys:
            facts["foreign key", label, key.name] = (key.columns, str(key.target), key.target_columns)
        for trigger, (function, _, fires) in table.triggers.items():
            facts["trigger", label, trigger] = (str(function), fires)
    for table, policy in catalog.policies():
        texts = _fed(db, table.name, policy.using, policy.check) if db else (policy.using, policy.check)
        roles = frozenset(policy.roles)
        facts["policy", str(table.name), policy.name] = (policy.command, policy.permissive, roles, *texts)
    for view in catalog.views.values():
        facts["view", str(view.name)] = (view.materialized, dict(sorted(view.options.items())))
        facts["reads", str(view.name)] = [str(source) for source in view.sources if source.schema != "pg_catalog"]
        facts["grants", str(view.name)] = _acl(view.acl)
    for sequence in catalog.sequences.values():
        facts["sequence", str(sequence.name)] = _acl(sequence.acl)
    for one in catalog.functions.values():
        settings = {name: setting(value) for name, value in one.settings.items()}
        facts["function", one.signature] = (one.kind, one.definer, one.language, one.volatility, settings)
        facts["grants", one.signature] = _acl(one.acl)
    for (owner, schema_name, kind), grantees in catalog.defaults.items():
        facts["default privileges", owner, schema_name, kind] = {
            role: frozenset(held_) for role, held_ in grantees.items() if held_ and compared(role)
        }
    for role, memberships in catalog.roles.items():
        if compared(role):
            facts["role", role] = frozenset(memberships)
    for type_ in catalog.types.values():
        if type_.labels:
            facts["enum", str(type_.name)] = list(type_.labels)
    for bucket in catalog.buckets.values():
        facts["bucket", bucket.id] = bucket.public
    return _settled(facts)


def _acl(acl: Acl) -> dict[str, frozenset[str]]:
    return {role: frozenset(held_) for role, held_ in acl.grants.items() if held_ and compared(role)}


def _column_acls(acl: Acl) -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    for (role, column), held_ in acl.columns.items():
        if held_ and compared(role):
            found.setdefault(column, {})[role] = frozenset(held_)
    return found


def _settled(facts: Picture) -> Picture:
    """Without default privileges that say what Postgres does anyway: the server forgets those."""
    plain = {"functions": {"public": frozenset({"EXECUTE"})}}
    return {
        key: value
        for key, value in facts.items()
        if key[0] != "default privileges" or value != (plain.get(key[3], {}) if not key[2] else {})
    }


def _fed(db: Connection, table: Name, using: str, check: str) -> tuple[str, str]:
    """The texts as the server prints them once it has read them."""
    clauses = (f" using ({using})" if using else "") + (f" with check ({check})" if check else "")
    target = f'"{table.schema}"."{table.name}"'
    try:
        with db.transaction(force_rollback=True):
            db.execute(f'create policy "gate probe" on {target}{clauses}'.encode())
            row = db.execute(
                "select coalesce(pg_get_expr(polqual, polrelid), ''), coalesce(pg_get_expr(polwithcheck, polrelid), '')"
                " from pg_policy where polname = 'gate probe'"
            ).fetchone()
            assert row
            return str(row[0]), str(row[1])
    except psycopg.Error as fault:
        return f"the server does not read it: {fault.diag.message_primary}", f"{using} | {check}"


def differences(server: tuple[Picture, Picture], replay: tuple[Picture, Picture]) -> list[str]:
    """Where the two disagree about what the migrations changed; each side is given before and after."""
    theirs, ours = _changes(*server), _changes(*replay)
    found = []
    for key in sorted({*theirs, *ours}):
        one, other = theirs.get(key), ours.get(key)
        if one == other or _unknown(one, other):
            continue
        found.append(f"{' '.join(key)}: server {_shown(one)}, replay {_shown(other)}")
    return found


def _changes(before: Picture, after: Picture) -> Picture:
    gone = {key: "dropped" for key in before if key not in after}
    return {key: value for key, value in after.items() if key not in before or before[key] != value} | gone


def _unknown(server: Any, replay: Any) -> bool:
    """A type that only the server could tell matches any."""
    match server, replay:
        case (str(), required, default), ("?", *rest):
            return [required, default] == rest
    return False


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(
                f"{k}: {' '.join(sorted(v)) if isinstance(v, frozenset) else v}" for k, v in sorted(value.items())
            )
            + "}"
        )
    return "nothing" if value is None else str(value)
