"""Reads the functions that an API role may call, and how the API would call them: by the names of their arguments."""

from collections.abc import Sequence
from dataclasses import dataclass

from gate.postgres import Connection
from gate.rls.schema import ROLES, Column, Role, usual_name

FUNCTIONS = """
select p.oid, n.nspname, p.proname, quote_ident(n.nspname) || '.' || quote_ident(p.proname),
       pg_get_function_identity_arguments(p.oid), p.prosecdef, p.provolatile = 'v', p.provariadic <> 0,
       array(select r from unnest(%s::text[]) as r
             where has_function_privilege(r, p.oid, 'execute') and has_schema_privilege(r, n.oid, 'usage')),
       p.pronargs - p.pronargdefaults, lower(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc))
from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%s) and p.prokind = 'f' and p.prorettype::regtype::text not in ('trigger', 'event_trigger')
  and not exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by 2, 3, 5
"""
ARGUMENTS = """
select p.oid, coalesce(a.name, ''), quote_ident(coalesce(a.name, '')), format_type(t.oid, null), b.typtype::text,
       b.typcategory::text,
       (select count(*) from pg_attribute as f where f.attrelid = b.typrelid and b.typrelid <> 0 and f.attnum > 0),
       array(select e.enumlabel::text from pg_enum as e where e.enumtypid = b.oid order by e.enumsortorder)
from pg_proc as p
cross join lateral (
  select i, (select x.name from unnest(p.proargnames, p.proargmodes) with ordinality as x (name, mode, place)
             where x.mode is null or x.mode in ('i', 'b', 'v') order by x.place offset i - 1 limit 1) as name,
         p.proargtypes[i - 1] as type
  from generate_series(1, p.pronargs) as i) as a
join pg_type as t on t.oid = a.type
join pg_type as b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
where p.oid = any(%s) order by p.oid, a.i
"""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of an exposed schema. The first `needed` of its arguments must be given.

    `sql` is the quoted name. `definer` runs with its owner's rights, `writes` may change rows. `callers` are the API roles
    that may execute it. `source` is its body in small letters.
    """

    oid: int
    schema: str
    name: str
    sql: str
    signature: str
    definer: bool
    writes: bool
    variadic: bool
    callers: frozenset[Role]
    needed: int
    arguments: tuple[Column, ...]
    source: str

    @property
    def kind(self) -> str:
        """`function`."""
        return "function"

    @property
    def before(self) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    @property
    def full_name(self) -> str:
        """schema.name(arguments)."""
        return f"{self.schema}.{self.name}({self.signature})"

    @property
    def uncallable(self) -> str | None:
        """Why the API cannot call it with values of ours, if so."""
        if self.variadic:
            return "takes any number of arguments"
        given = self.arguments[: self.needed]
        if any(not argument.name for argument in given):
            return "has arguments without names, which the API cannot give"
        odd = next((argument.type for argument in given if argument.kind == "p"), None)
        return f"takes an argument of type {odd}" if odd else None


def read_functions(db: Connection, exposed: Sequence[str]) -> tuple[Function, ...]:
    """Every function of the exposed schemas that an API role may call, extensions' own and triggers left out."""
    rows = [row for row in db.execute(FUNCTIONS, [list(ROLES), list(exposed)]).fetchall() if row[8]]
    arguments: dict[int, list[Column]] = {row[0]: [] for row in rows}
    nobody: frozenset[Role] = frozenset()
    for oid, name, quoted, type_name, kind, category, fields, labels in db.execute(ARGUMENTS, [list(arguments)]):
        arguments[oid].append(
            Column(
                name=name,
                sql=quoted,
                type=usual_name(type_name),
                kind=kind,
                category=category,
                width=None,
                fields=fields,
                required=True,
                default=None,
                given=False,
                labels=tuple(labels),
                selects=nobody,
                inserts=nobody,
                updates=nobody,
            )
        )
    return tuple(
        Function(
            oid=oid,
            schema=schema,
            name=name,
            sql=quoted,
            signature=signature,
            definer=definer,
            writes=writes,
            variadic=variadic,
            callers=frozenset(callers),
            needed=needed,
            arguments=tuple(arguments[oid]),
            source=source,
        )
        for oid, schema, name, quoted, signature, definer, writes, variadic, callers, needed, source in rows
    )
