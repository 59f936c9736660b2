"""Reads tables and views from the live database, all of them with one query per kind of fact."""
# ruff: noqa: S608 - the queries are put together from our own words

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from gate.postgres import Connection
from gate.rls.schema import ROLES, Bound, Check, Column, Key, Relation, usual_name

# Not the project's own, and not within reach of its API.
PLATFORM = (
    *("auth", "storage", "realtime", "extensions", "vault", "graphql", "graphql_public", "supabase_functions"),
    *(
        "supabase_migrations",
        "pgbouncer",
        "pgsodium",
        "_realtime",
        "net",
        "cron",
        "pgmq",
        "pgtle",
        "information_schema",
    ),
)
RELATIONS = """
select c.oid, n.nspname, c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind::text,
       n.nspname = any(%s), c.relrowsecurity, coalesce(lower(o.value) in ('true', 'on', '1', 'yes'), false),
       pn.nspname || '.' || p.relname,
       c.relrowsecurity::text || coalesce(c.relacl::text, '') || '|'
         || (select count(*) from pg_policy as y where y.polrelid = c.oid),
       pg_relation_is_updatable(c.oid, true)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
left join lateral (select split_part(x, '=', 2) as value from unnest(c.reloptions) as x
                   where x like 'security\\_invoker=%%') as o on true
left join pg_inherits as i on c.relispartition and i.inhrelid = c.oid
left join pg_class as p on p.oid = i.inhparent left join pg_namespace as pn on pn.oid = p.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> all(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and not exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 2, 3
"""
COLUMNS = """
with recursive layers (type, base, modifier, required) as (
  select t.oid, t.oid, -1, false from pg_type as t where t.typtype <> 'd'
  union all
  select d.oid, l.base, case when l.modifier = -1 then d.typtypmod else l.modifier end, l.required or d.typnotnull
  from layers as l join pg_type as d on d.typtype = 'd' and d.typbasetype = l.type)
select a.attrelid, a.attname, quote_ident(a.attname), format_type(b.oid, null), b.typtype::text, b.typcategory::text,
       case when a.atttypmod = -1 then l.modifier else a.atttypmod end,
       (select count(*) from pg_attribute as f where f.attrelid = b.typrelid and b.typrelid <> 0 and f.attnum > 0),
       a.attnotnull or l.required,
       case when a.attidentity <> '' then 'identity' else coalesce(pg_get_expr(d.adbin, d.adrelid), t.typdefault) end,
       a.attgenerated <> '' or a.attidentity = 'a',
       array(select e.enumlabel::text from pg_enum as e where e.enumtypid = b.oid order by e.enumsortorder),
       array(select r || ' ' || p from unnest(%s::text[]) as r, unnest(array['select', 'insert', 'update']) as p
             where has_column_privilege(r, a.attrelid, a.attnum, p))
from pg_attribute as a join pg_type as t on t.oid = a.atttypid join layers as l on l.type = t.oid
join pg_type as b on b.oid = l.base left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = any(%s) and a.attnum > 0 and not a.attisdropped order by a.attrelid, a.attnum
"""
NAMES_OF = "array(select a.attname::text from unnest({0}) with ordinality as key (number, place) join pg_attribute as a on a.attrelid = {1} and a.attnum = key.number order by key.place)"
CONSTRAINTS = f"""
select c.conrelid, c.contype::text, c.conname, {NAMES_OF.format("c.conkey", "c.conrelid")}, pg_get_expr(c.conbin, c.conrelid),
       fn.nspname || '.' || f.relname, {NAMES_OF.format("c.confkey", "c.confrelid")}, c.confdeltype = 'c'
from pg_constraint as c left join pg_class as f on f.oid = c.confrelid left join pg_namespace as fn on fn.oid = f.relnamespace
where c.conrelid = any(%s) and c.contype in ('p', 'f', 'c') order by c.conrelid, c.contype, c.conkey, c.conname
"""
UNIQUES = f"""
select i.indrelid, {NAMES_OF.format("i.indkey::int2[]", "i.indrelid")}
from pg_index as i where i.indrelid = any(%s) and i.indisunique and i.indexprs is null and i.indpred is null
"""
DOMAIN_CHECKS = """
with recursive layers (top, domain) as (
  select t.oid, t.oid from pg_type as t where t.typtype = 'd'
  union all
  select l.top, d.typbasetype from layers as l join pg_type as d on d.oid = l.domain where d.typtype = 'd')
select a.attrelid, a.attname, quote_ident(a.attname), c.conname, pg_get_constraintdef(c.oid)
from pg_attribute as a join layers as l on l.top = a.atttypid join pg_constraint as c on c.contypid = l.domain and c.contype = 'c'
where a.attrelid = any(%s) and a.attnum > 0 and not a.attisdropped order by 1, 2, 4
"""
BOUNDS = f"""
select p.oid, pg_get_expr(c.relpartbound, c.oid), {NAMES_OF.format("k.partattrs::int2[]", "k.partrelid")}
from pg_class as p, lateral (select t.relid, t.parentrelid from pg_partition_tree(p.oid) as t where t.relid <> p.oid
                             union all select p.oid, a from pg_partition_ancestors(p.oid) as a
                             where a <> p.oid) as t (relid, parent)
join pg_class as c on c.oid = t.relid join pg_inherits as i on i.inhrelid = c.oid
join pg_partitioned_table as k on k.partrelid = i.inhparent
where p.oid = any(%s) and (p.relkind = 'p' or p.relispartition)
"""
BELOW = """
with recursive reads (view, relation) as (
  select r.ev_class, d.refobjid from pg_rewrite as r join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
  where d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
  union
  select v.view, d.refobjid from reads as v join pg_rewrite as r on r.ev_class = v.relation
  join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass)
select distinct v.view, n.nspname || '.' || c.relname from reads as v join pg_class as c on c.oid = v.relation
join pg_namespace as n on n.oid = c.relnamespace where v.view = any(%s) and c.relkind in ('r', 'p', 'f') order by 1, 2
"""
BEFORE = """
select tgrelid, tgtype from pg_trigger where tgrelid = any(%s) and not tgisinternal and tgenabled in ('O', 'A') and tgtype & 3 = 3
"""
USABLE = """
select nspname from pg_namespace as n where exists (select from unnest(%s::text[]) as r where has_schema_privilege(r, n.oid, 'usage'))
"""
PUBLISHED = "select schemaname || '.' || tablename from pg_publication_tables where pubname = 'supabase_realtime'"
CONDITIONS = """
select y.polrelid, coalesce(pg_get_expr(y.polqual, y.polrelid), pg_get_expr(y.polwithcheck, y.polrelid), '')
from pg_policy as y where y.polrelid = any(%s) order by y.polrelid, y.polcmd not in ('r', '*'), y.polname
"""
COMMANDS = {4: "insert", 8: "delete", 16: "update"}  # bits of tgtype


def read(db: Connection, exposed: Sequence[str]) -> tuple[Relation, ...]:
    """Every table and view of the exposed schemas and of the project's others, extensions' own left out.

    Those of the others are not attacked; they are there because keys lead to them.
    """
    rows = db.execute(RELATIONS, [list(exposed), list(PLATFORM)]).fetchall()
    oids = [row[0] for row in rows]
    columns = _columns(db, oids)
    keys, checks, primary = _constraints(db, oids)
    for oid, label, quoted, name, text in db.execute(DOMAIN_CHECKS, [oids]):
        condition = text.removeprefix("CHECK ").removesuffix(" NOT VALID")
        checks[oid].append(Check(name, _with_value(condition, quoted), (label,)))
    uniques = _lists(db, UNIQUES, oids)
    bounds: dict[int, list[Bound]] = defaultdict(list)
    for oid, bound, names in db.execute(BOUNDS, [oids]):
        bounds[oid].append(Bound(bound, tuple(names)))
    below = _lists(db, BELOW, oids)
    conditions = _lists(db, CONDITIONS, oids)
    before: dict[int, set[str]] = defaultdict(set)
    for oid, bits in db.execute(BEFORE, [oids]):
        before[oid] |= {word for bit, word in COMMANDS.items() if bits & bit}

    def facts(oid: int) -> tuple[Any, ...]:
        names = tuple(tuple(names) for names in uniques[oid])
        own = tuple(columns[oid]), primary.get(oid, ()), names, tuple(keys[oid]), tuple(checks[oid])
        return (*own, tuple(bounds[oid]), tuple(below[oid]), frozenset(before[oid]), tuple(conditions[oid]))

    return tuple(Relation(*row, *facts(row[0])) for row in rows)


def usable(db: Connection) -> frozenset[str]:
    """The schemas that an API role may use, exposed or not."""
    return frozenset(name for (name,) in db.execute(USABLE, [list(ROLES)]))


def published(db: Connection) -> frozenset[str]:
    """The tables whose changes Realtime sends to whoever may read them."""
    return frozenset(name for (name,) in db.execute(PUBLISHED))


def _columns(db: Connection, oids: Sequence[int]) -> dict[int, list[Column]]:
    found: dict[int, list[Column]] = defaultdict(list)
    for row in db.execute(COLUMNS, [list(ROLES), list(oids)]):
        oid, name, quoted, full_name, kind, category, modifier, fields, required, default, given, labels, held = row
        kind_name = usual_name(full_name)
        found[oid].append(
            Column(
                name=name,
                sql=quoted,
                type=kind_name,
                kind=kind,
                category=category,
                width=_width(kind_name, modifier),
                fields=fields,
                required=required,
                default=default,
                given=given,
                labels=tuple(labels),
                **dict(_privileges(held)),
            )
        )
    return found


def _privileges(held: Sequence[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for privilege in ("select", "insert", "update"):
        yield f"{privilege}s", frozenset(role for role in ROLES if f"{role} {privilege}" in held)


def _width(kind_name: str, modifier: int) -> int | None:
    """What the type's modifier says of its size."""
    if modifier < 0:
        return None
    match kind_name:
        case "character varying" | "character":
            return modifier - 4
        case "numeric":
            packed = modifier - 4
            scale = ((packed & 0x7FF) ^ 1024) - 1024
            return (packed >> 16) - scale
        case "bit" | "bit varying" | "vector" | "halfvec":
            return modifier
    return None


def _constraints(
    db: Connection, oids: Sequence[int]
) -> tuple[dict[int, list[Key]], dict[int, list[Check]], dict[int, tuple[str, ...]]]:
    keys: dict[int, list[Key]] = defaultdict(list)
    checks: dict[int, list[Check]] = defaultdict(list)
    primary: dict[int, tuple[str, ...]] = {}
    for oid, kind, name, own, condition, target, theirs, cascades in db.execute(CONSTRAINTS, [list(oids)]):
        match kind:
            case "p":
                primary[oid] = tuple(own)
            case "f":
                keys[oid].append(Key(tuple(own), target, tuple(theirs), cascades))
            case _:
                checks[oid].append(Check(name, condition, tuple(own)))
    return keys, checks, primary


def _with_value(condition: str, quoted: str) -> str:
    """A domain's condition speaks of VALUE; here it speaks of the column."""
    import re

    return re.sub(r"\bVALUE\b", lambda _match: quoted, condition)


def _lists(db: Connection, query: str, oids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for oid, value in db.execute(query, [list(oids)]):
        found[oid].append(value)
    return found
