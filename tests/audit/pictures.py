"""Two pictures of a database in the same words: what the server reports, and what the replay believes.

A picture maps a fact's name, as in ("policy", "public.notes", "own"), to its value. What was there before the first
migration is taken out of both, so the platform's own objects count only where a migration changed them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from gate.audit.catalog import Acl, Catalog, Function, Name, Table, View
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
(select coalesce(json_agg(json_build_array(coalesce(nullif(a.grantee, 0)::regrole::text, 'public'),
                                           a.privilege_type || case when a.is_grantable then ' and may pass it on' else '' end)), '[]')
 from aclexplode({acl}) as a where a.grantee <> {owner})
"""


def visible(catalog: str, oid: str) -> str:
    return VISIBLE.format(catalog=catalog, oid=oid).replace("%%", "%")


def grants(acl: str, owner: str) -> str:
    return GRANTS.format(acl=acl, owner=owner)


KIND_LETTER = "case c.relkind when 'S' then 's' else 'r' end::\"char\""
SCHEMAS = f"""
select n.nspname, {grants("coalesce(n.nspacl, acldefault('n', n.nspowner))", "n.nspowner")}, n.nspowner::regrole::text,
       coalesce(obj_description(n.oid, 'pg_namespace'), '')
from pg_namespace as n where {visible("pg_namespace", "n.oid")}
"""
RELATIONS = f"""
select n.nspname, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity, coalesce(c.reloptions, '{{}}'),
       {grants(f"coalesce(c.relacl, acldefault({KIND_LETTER}, c.relowner))", "c.relowner")}, c.relowner::regrole::text,
       coalesce(obj_description(c.oid, 'pg_class'), '')
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and {visible("pg_class", "c.oid")}
"""
COLUMNS = f"""
select n.nspname, c.relname, a.attname, t.typname, a.attnotnull, a.atthasdef or a.attidentity <> '',
       {grants("a.attacl", "c.relowner")}, c.relkind in ('v', 'm'), coalesce(col_description(c.oid, a.attnum), ''),
       case when a.attidentity <> '' then 'identity' when a.attgenerated <> '' then 'generated' else '' end
from pg_attribute as a join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
join pg_type as t on t.oid = a.atttypid
where c.relkind in ('r', 'p', 'f', 'v', 'm') and a.attnum > 0 and not a.attisdropped and {visible("pg_class", "c.oid")}
"""
CONSTRAINTS = f"""
select n.nspname, c.relname, k.contype::text, k.conname,
       (select coalesce(array_agg(a.attname::text order by x.at), '{{}}') from unnest(k.conkey) with ordinality as x (number, at)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = x.number),
       fn.nspname, f.relname,
       (select array_agg(a.attname::text order by x.at) from unnest(k.confkey) with ordinality as x (number, at)
        join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = x.number),
       k.confdeltype::text, k.confupdtype::text, k.convalidated, coalesce(pg_get_expr(k.conbin, k.conrelid), ''),
       coalesce(obj_description(k.oid, 'pg_constraint'), '')
from pg_constraint as k join pg_class as c on c.oid = k.conrelid join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as f on f.oid = k.confrelid left join pg_namespace as fn on fn.oid = f.relnamespace
where k.contype in ('p', 'f', 'u', 'c', 'x') and k.conparentid = 0 and {visible("pg_class", "c.oid")}
"""
INDEXES = f"""
select n.nspname, i.relname, c.relname, am.amname, x.indisunique,
       (select array_agg(coalesce(a.attname::text, '') order by k.at) from unnest(x.indkey::int2[]) with ordinality as k (number, at)
        left join pg_attribute as a on a.attrelid = x.indrelid and a.attnum = k.number and k.number > 0 where k.at <= x.indnkeyatts),
       coalesce(pg_get_expr(x.indpred, x.indrelid), ''), coalesce(obj_description(i.oid, 'pg_class'), '')
from pg_index as x join pg_class as i on i.oid = x.indexrelid join pg_class as c on c.oid = x.indrelid
join pg_namespace as n on n.oid = c.relnamespace join pg_am as am on am.oid = i.relam
where {visible("pg_class", "c.oid")}
"""
POLICIES = f"""
select n.nspname, c.relname, p.polname, p.polcmd::text, p.polpermissive,
       (select array_agg(coalesce(nullif(r, 0)::regrole::text, 'public')) from unnest(p.polroles) as r),
       coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''),
       coalesce(obj_description(p.oid, 'pg_policy'), '')
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
       {grants("coalesce(p.proacl, acldefault('f', p.proowner))", "p.proowner")}, p.proowner::regrole::text,
       coalesce(obj_description(p.oid, 'pg_proc'), ''), p.proleakproof, p.proisstrict, p.proretset, p.pronargdefaults
from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace join pg_language as l on l.oid = p.prolang
where p.prokind in ('f', 'p', 'w', 'a') and {visible("pg_proc", "p.oid")}
"""
TRIGGERS = f"""
select n.nspname, c.relname, t.tgname, pn.nspname, p.proname, t.tgenabled::text, t.tgtype::int,
       (select coalesce(array_agg(a.attname::text order by x.at), '{{}}') from unnest(t.tgattr::int2[]) with ordinality as x (number, at)
        join pg_attribute as a on a.attrelid = t.tgrelid and a.attnum = x.number),
       t.tgqual is not null, t.tgconstraint <> 0, coalesce(obj_description(t.oid, 'pg_trigger'), '')
from pg_trigger as t join pg_class as c on c.oid = t.tgrelid join pg_namespace as n on n.oid = c.relnamespace
join pg_proc as p on p.oid = t.tgfoid join pg_namespace as pn on pn.oid = p.pronamespace
where not t.tgisinternal and t.tgparentid = 0 and {visible("pg_class", "c.oid")}
"""
DEFAULTS = f"""
select d.defaclrole::regrole::text, coalesce(n.nspname, ''), d.defaclobjtype::text, {grants("d.defaclacl", "d.defaclrole")}
from pg_default_acl as d left join pg_namespace as n on n.oid = d.defaclnamespace
"""
ROLES = """
select r.rolname, (select coalesce(json_agg(json_build_array(g.rolname, m.inherit_option, m.set_option, m.admin_option)), '[]')
                   from (select roleid, bool_or(inherit_option) as inherit_option, bool_or(set_option) as set_option,
                                bool_or(admin_option) as admin_option
                         from pg_auth_members where member = r.oid group by roleid) as m join pg_roles as g on g.oid = m.roleid),
       r.rolcanlogin, r.rolsuper, r.rolbypassrls, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolreplication
from pg_roles as r
"""
TYPES = f"""
select n.nspname, t.typname, t.typtype::text, t.typowner::regrole::text, coalesce(obj_description(t.oid, 'pg_type'), ''),
       (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum as e where e.enumtypid = t.oid),
       (select array_agg(a.attname || ' ' || at.typname order by a.attnum) from pg_attribute as a join pg_type as at on at.oid = a.atttypid
        where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped and t.typtype = 'c'),
       (select b.typname from pg_type as b where b.oid = t.typbasetype), t.typnotnull, t.typdefault is not null,
       (select coalesce(array_agg(k.conname::text order by k.conname), '{{}}') from pg_constraint as k
        where k.contypid = t.oid and k.contype = 'c'),
       {grants("coalesce(t.typacl, acldefault('T', t.typowner))", "t.typowner")}
from pg_type as t join pg_namespace as n on n.oid = t.typnamespace left join pg_class as c on c.oid = t.typrelid
where t.typtype in ('e', 'c', 'd', 'r') and coalesce(c.relkind, 'c') = 'c' and {visible("pg_type", "t.oid")}
"""
PUBLICATIONS = """
select p.pubname, p.puballtables, p.pubowner::regrole::text, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
       coalesce(obj_description(p.oid, 'pg_publication'), ''),
       (select coalesce(json_agg(json_build_array(n.nspname || '.' || c.relname,
               (select array_agg(a.attname order by a.attname) from unnest(r.prattrs::int2[]) as x join pg_attribute as a
                on a.attrelid = c.oid and a.attnum = x))), '[]')
        from pg_publication_rel as r join pg_class as c on c.oid = r.prrelid join pg_namespace as n on n.oid = c.relnamespace
        where r.prpubid = p.oid),
       (select coalesce(array_agg(n.nspname::text), '{{}}') from pg_publication_namespace as s join pg_namespace as n on n.oid = s.pnnspid
        where s.pnpubid = p.oid)
from pg_publication as p
"""
ACTIONS = {"a": "", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
CONSTRAINT_KINDS = {"p": "primary", "f": "foreign", "u": "unique", "c": "check", "x": "exclusion"}
TYPE_KINDS = {"e": "enum", "c": "composite", "d": "domain", "r": "range"}
ENABLED = {"O": "origin", "D": "disabled", "R": "replica", "A": "always"}
EVENTS = {4: "insert", 8: "delete", 16: "update", 32: "truncate"}
ROUTINE_KINDS = {"f": "function", "p": "procedure", "w": "function", "a": "aggregate"}
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


def owner(role: str) -> str:
    """The platform's own owners are one."""
    name = role.strip('"')
    return name if compared(name) else "the platform or postgres"


def of_server(db: Connection) -> Picture:  # noqa: PLR0912 - one loop for each catalog
    """What the server reports."""
    facts: Picture = {}
    for schema, acl, whose, comment in db.execute(SCHEMAS.encode()):
        facts["schema", schema] = (held(acl), owner(whose), comment)
    for schema, name, kind, rls, forced, options, acl, whose, comment in db.execute(RELATIONS.encode()):
        label = f"{schema}.{name}"
        facts["owner", label] = (owner(whose), comment)
        if kind == "S":
            facts["sequence", label] = held(acl)
            continue
        if kind in "vm":
            facts["view", label] = (kind == "m", dict(sorted(option.split("=", 1) for option in options)))
            facts["reads", label] = []
            facts["view columns", label] = []
        else:
            facts["table", label] = ("foreign" if kind == "f" else "table", rls, forced)
            facts["primary key", label] = ()
        facts["grants", label] = held(acl)
    for schema, table, name, kind, required, default, acl, of_view, comment, how in db.execute(COLUMNS.encode()):
        label = f"{schema}.{table}"
        if of_view:
            facts["view columns", label].append((name, kind))
        else:
            facts["column", label, name] = (kind, required, default, how, comment)
        if of_view and comment:
            facts["column comment", label, name] = comment
        if held(acl):
            facts["column grants", label, name] = held(acl)
    for row in db.execute(CONSTRAINTS.encode()):
        facts.update(_server_constraint(*row))
    for schema, index, table, method, unique, keys, where, comment in db.execute(INDEXES.encode()):
        facts["index", f"{schema}.{index}"] = (f"{schema}.{table}", method, unique, tuple(keys), where, comment)
    for schema, table, name, command, permissive, roles, using, check, comment in db.execute(POLICIES.encode()):
        named = frozenset(role.strip('"') for role in roles)
        facts["policy", f"{schema}.{table}", name] = (COMMANDS[command], permissive, named, using, check)
        facts["policy comment", f"{schema}.{table}", name] = comment
    for schema, view, other_schema, other in db.execute(READS.encode()):
        facts["reads", f"{schema}.{view}"] = sorted([*facts["reads", f"{schema}.{view}"], f"{other_schema}.{other}"])
    for row in db.execute(FUNCTIONS.encode()):
        facts.update(_server_function(*row))
    for row in db.execute(TRIGGERS.encode()):
        facts.update(_server_trigger(*row))
    for whose, schema, kind, acl in db.execute(DEFAULTS.encode()):
        if compared(whose) or whose == "postgres":
            facts["default privileges", whose, schema, KINDS[kind]] = held(acl)
    for role, memberships, *attributes in db.execute(ROLES.encode()):
        if compared(role):
            facts["role", role] = frozenset((one, *how) for one, *how in memberships if compared(one))
            facts["role attributes", role] = tuple(attributes)
        elif role == "postgres":
            facts["role", role] = frozenset((one, *how) for one, *how in memberships if compared(one))
    for row in db.execute(TYPES.encode()):
        facts.update(_server_type(*row))
    for name, everything, whose, *sent, comment, tables, schemas in db.execute(PUBLICATIONS.encode()):
        words = ("insert", "update", "delete", "truncate")
        publish = frozenset(word for word, does in zip(words, sent, strict=True) if does)
        named_tables = {table: tuple(columns or ()) for table, columns in tables}
        facts["publication", name] = (everything, owner(whose), publish, named_tables, frozenset(schemas), comment)
    for name, event, tags, function, enabled in db.execute(EVENT_TRIGGERS.encode()):
        facts["event trigger", name] = (event, tuple(tags or ()), function, enabled)
    for bucket, public in db.execute("select id, public from storage.buckets"):
        facts["bucket", bucket] = public
    return _settled(facts)


EVENT_TRIGGERS = """
select e.evtname, e.evtevent, e.evttags, n.nspname || '.' || p.proname, e.evtenabled in ('O', 'A')
from pg_event_trigger as e join pg_proc as p on p.oid = e.evtfoid join pg_namespace as n on n.oid = p.pronamespace
"""


def _server_constraint(
    schema: str, table: str, kind: str, name: str, columns: list[str], other_schema: str, other: str, theirs: list[str],
    deleted: str, updated: str, valid: bool, check: str, comment: str,
) -> Iterator[tuple[Key, Any]]:  # fmt: skip
    label = f"{schema}.{table}"
    facts = frozenset(columns) if kind == "c" else tuple(columns)
    yield ("constraint", label, name), (CONSTRAINT_KINDS[kind], facts, valid, check, comment)
    if kind == "p":
        yield ("primary key", label), tuple(columns)
    if kind == "f":
        acts = (ACTIONS[deleted], ACTIONS[updated])
        yield ("foreign key", label, name), (tuple(columns), f"{other_schema}.{other}", tuple(theirs), acts)


def _server_trigger(
    schema: str, table: str, name: str, home: str, function: str, enabled: str, kind: int, columns: list[str],
    conditional: bool, constraint: bool, comment: str,
) -> Iterator[tuple[Key, Any]]:  # fmt: skip
    timing = "before" if kind & 2 else "instead of" if kind & 64 else "after"
    events = frozenset(word for bit, word in EVENTS.items() if kind & bit)
    how = (timing, events, tuple(columns), bool(kind & 1), conditional, constraint)
    yield ("trigger", f"{schema}.{table}", name), (f"{home}.{function}", ENABLED[enabled], how, comment)


def _server_type(
    schema: str, name: str, kind: str, whose: str, comment: str, labels: list[str], attributes: list[str], base: str,
    required: bool, default: bool, checks: list[str], acl: list[tuple[str, str]],
) -> Iterator[tuple[Key, Any]]:  # fmt: skip
    parts = (labels or [], attributes or [], base or "", required, default, tuple(checks))
    yield ("type", f"{schema}.{name}"), (TYPE_KINDS[kind], owner(whose), comment, *parts)
    yield ("type grants", f"{schema}.{name}"), held(acl)


def _server_function(
    schema: str, name: str, types: list[str], kind: str, definer: bool, language: str, volatility: str, config: list[str],
    acl: list[tuple[str, str]], whose: str, comment: str, *rest: object,
) -> Iterator[tuple[Key, Any]]:  # fmt: skip
    label = f"{schema}.{name}({', '.join(types)})"
    settings = {key.lower(): setting(value) for key, _, value in (one.partition("=") for one in config)}
    if kind == "a":
        yield ("function", label), (ROUTINE_KINDS[kind], owner(whose), comment)
    else:
        facts = (definer, language, VOLATILITY[volatility], settings)
        yield ("function", label), (ROUTINE_KINDS[kind], owner(whose), comment, *facts, *rest)
    yield ("grants", label), held(acl)


def of_catalog(catalog: Catalog, db: Connection | None = None) -> Picture:  # noqa: PLR0912 - as above
    """What the replay believes. Conditions are brought to the server's own form by feeding them to it."""
    facts: Picture = {}
    for name, schema in catalog.schemas.items():
        if name not in EXTENSION_HOMES:
            facts["schema", name] = (_acl(schema.acl), owner(schema.owner), schema.comment)
    for table in catalog.tables.values():
        label = str(table.name)
        facts["table", label] = (table.kind, table.rls, table.forced)
        facts["owner", label] = (owner(table.owner), table.comment)
        facts["primary key", label] = () if _from_parent(table) else table.primary_key
        facts["grants", label] = _acl(table.acl)
        for column in table.columns.values():
            how = (bool(column.default), column.kind, column.comment)
            facts["column", label, column.name] = (column.type, column.not_null, *how)
        for column_name, acl in _column_acls(table.acl).items():
            facts["column grants", label, column_name] = acl
        facts.update(_constraints(table, db))
        facts.update(_triggers(table))
    for index in catalog.indexes.values():
        where = fed_check(db, index.table, index.where) if db and index.where else index.where
        facts["index", str(index.name)] = (
            str(index.table),
            index.method,
            index.unique,
            index.keys,
            where,
            index.comment,
        )
    for table, policy in catalog.policies():
        texts = _fed(db, table.name, policy.using, policy.check) if db else (policy.using, policy.check)
        roles = frozenset(policy.roles)
        facts["policy", str(table.name), policy.name] = (policy.command, policy.permissive, roles, *texts)
        facts["policy comment", str(table.name), policy.name] = policy.comment
    for view in catalog.views.values():
        label = str(view.name)
        facts["view", label] = (view.materialized, dict(sorted(view.options.items())))
        facts["view columns", label] = [(one.name, one.type) for one in view.columns.values()]
        facts["owner", label] = (owner(view.owner), view.comment)
        facts["reads", label] = [
            str(source) for source in view.sources if source.schema != "pg_catalog" and source != view.name
        ]
        facts["grants", label] = _acl(view.acl)
        for column_name, acl in _column_acls(view.acl).items():
            facts["column grants", label, column_name] = acl
        for column in view.columns.values():
            if column.comment:
                facts["column comment", label, column.name] = column.comment
        facts.update(_triggers(view))
    for sequence in catalog.sequences.values():
        facts["sequence", str(sequence.name)] = _acl(sequence.acl)
        facts["owner", str(sequence.name)] = (owner(sequence.owner), sequence.comment)
    for one in catalog.functions.values():
        facts.update(_function(one))
    for (whose, schema_name, kind), grantees in catalog.defaults.items():
        facts["default privileges", whose, schema_name, kind] = {
            role: frozenset(held_) for role, held_ in grantees.grants.items() if held_ and compared(role)
        }
    for role_name, role in catalog.roles.items():
        memberships = frozenset((one, *how) for one, how in role.member_of.items() if compared(one))
        if compared(role_name) or role_name == "postgres":
            facts["role", role_name] = memberships
        if compared(role_name):
            powers = (role.creates_roles, role.creates_databases, role.replication)
            facts["role attributes", role_name] = (
                role.login, role.superuser, role.bypasses_rls, role.inherits, *powers,
            )  # fmt: skip
    for type_ in catalog.types.values():
        if type_.kind != "base":
            attributes = [f"{key} {kind}" for key, kind in type_.attributes.items()]
            domain = (type_.base, type_.not_null, bool(type_.default), tuple(sorted(type_.checks)))
            what = (type_.kind, owner(type_.owner), type_.comment)
            facts["type", str(type_.name)] = (*what, list(type_.labels), attributes, *domain)
            facts["type grants", str(type_.name)] = _acl(type_.acl)
    for publication in catalog.publications.values():
        sent = {str(name): tuple(sorted(columns)) for name, columns in publication.tables.items()}
        facts["publication", publication.name] = (
            publication.all_tables, owner(publication.owner), publication.publish, sent,
            frozenset(publication.schemas), publication.comment,
        )  # fmt: skip
    for event in catalog.event_triggers.values():
        facts["event trigger", event.name] = (event.event, event.tags, str(event.function), event.enabled)
    for bucket in catalog.buckets.values():
        facts["bucket", bucket.id] = bucket.public
    return _settled(facts)


def _from_parent(table: Table) -> bool:
    return any(one.kind == "primary" and one.inherited for one in table.constraints.values())


def _constraints(table: Table, db: Connection | None) -> Iterator[tuple[Key, Any]]:
    """Those that came from a parent's are the parent's, but for checks, which every child has."""
    label = str(table.name)
    for one in table.constraints.values():
        if one.inherited and one.kind != "check":
            continue
        columns = frozenset(one.columns) if one.kind == "check" else one.columns
        check = fed_check(db, table.name, one.check) if db and one.check else one.check
        yield ("constraint", label, one.name), (one.kind, columns, one.valid, check, one.comment)
        for key in [key for key in table.foreign_keys if key.name == one.name]:
            acts = (key.on_delete, key.on_update)
            yield ("foreign key", label, key.name), (key.columns, str(key.target), key.target_columns, acts)


def _triggers(holder: Table | View) -> Iterator[tuple[Key, Any]]:
    for one in holder.triggers.values():
        how = (one.timing, one.events, one.columns, one.each_row, one.condition is not None, one.constraint)
        yield ("trigger", str(holder.name), one.name), (str(one.function), one.enabled, how, one.comment)


def _function(one: Function) -> Iterator[tuple[Key, Any]]:
    settings = {name: setting(value) for name, value in one.settings.items()}
    if one.kind == "aggregate":
        yield ("function", one.signature), (one.kind, owner(one.owner), one.comment)
    else:
        facts = (one.definer, one.language, one.volatility, settings)
        rest = (one.leakproof, one.strict, one.returns_set, one.defaulted)
        yield ("function", one.signature), (one.kind, owner(one.owner), one.comment, *facts, *rest)
    yield ("grants", one.signature), _acl(one.acl)


def _acl(acl: Acl) -> dict[str, frozenset[str]]:
    def passed(role: str, privilege: str) -> str:
        return f"{privilege} and may pass it on" if privilege in acl.options.get(role, ()) else privilege

    return {
        role: frozenset(passed(role, one) for one in held_)
        for role, held_ in acl.grants.items()
        if held_ and compared(role)
    }


def _column_acls(acl: Acl) -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    for (role, column), held_ in acl.columns.items():
        if held_ and compared(role):
            found.setdefault(column, {})[role] = frozenset(held_)
    return found


def _settled(facts: Picture) -> Picture:
    """Without default privileges that say what Postgres does anyway: the server forgets those."""
    plain = {"functions": {"public": frozenset({"EXECUTE"})}, "types": {"public": frozenset({"USAGE"})}}
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


def fed_check(db: Connection, table: Name, condition: str) -> str:
    """The text of a check or predicate as the server prints it once it has read it."""
    target = f'"{table.schema}"."{table.name}"'
    try:
        with db.transaction(force_rollback=True):
            db.execute(f'alter table {target} add constraint "gate probe" check ({condition}) not valid'.encode())
            row = db.execute(
                "select pg_get_expr(conbin, conrelid) from pg_constraint where conname = 'gate probe'"
            ).fetchone()
            assert row
            return str(row[0])
    except psycopg.Error as fault:
        return f"the server does not read it: {fault.diag.message_primary} | {condition}"


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
        case (str(), *known), ("?", *rest):
            return known == rest
        case [[(str(), str()), *_], []]:
            return True  # the columns of a view over what a replay does not hold
        case [[(str(), str()), *_], [(str(), str()), *_]]:
            names = [name for name, _ in server] == [name for name, _ in replay]
            return names and all(
                "?" in (one, other) or one == other for (_, one), (_, other) in zip(server, replay, strict=True)
            )
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
