"""What REST has to know about tables, functions and types before it can write SQL: asked of the server, request by request."""

from dataclasses import dataclass

from psycopg import sql
from psycopg.sql import Composable

from gate.postgres import Connection
from gate.standin.supabase.rest.errors import refusal

TABLE = """
select c.oid::int8 from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""
COLUMNS = """
select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), pg_catalog.pg_get_expr(d.adbin, d.adrelid)
from pg_catalog.pg_attribute as a
left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = ''
where a.attrelid = %s::int8::oid and a.attnum > 0 and not a.attisdropped
"""
PRIMARY_KEY = """
select a.attname from pg_catalog.pg_index as i
join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
where i.indrelid = %s::int8::oid and i.indisprimary order by a.attnum
"""
FUNCTIONS = """
select p.proname, p.prorettype = 'void'::regtype, p.proretset, p.provolatile = 'v', p.pronargs - p.pronargdefaults,
       coalesce(p.proargnames, '{}'), r.typtype = 'c' or p.prorettype = 'record'::regtype
         or coalesce(p.proargmodes && '{t,b,o}', false),
       (select coalesce(array_agg(pg_catalog.format_type(one, null) order by n), '{}')
        from unnest(p.proargtypes::oid[]) with ordinality as t (one, n)),
       coalesce(p.proargmodes, '{}')::text[], p.provariadic <> 0
from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_type as r on r.oid = p.prorettype
where n.nspname = %s and p.proname = %s and p.prokind = 'f' and r.typname not in ('trigger', 'event_trigger')
order by p.oid
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view of an exposed schema."""

    oid: int
    schema: str
    name: str

    @property
    def source(self) -> Composable:
        """Its name, qualified and quoted."""
        return sql.Identifier(self.schema, self.name)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type as the server writes it, and its default."""

    name: str
    type: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Function:
    """One overload. `types` and `names` are those of the arguments that go in; `table` means it returns rows with columns."""

    schema: str
    name: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    required: int
    void: bool
    many: bool
    volatile: bool
    table: bool
    variadic: bool

    @property
    def source(self) -> Composable:
        """Its name, qualified and quoted."""
        return sql.Identifier(self.schema, self.name)

    def takes(self, given: frozenset[str]) -> bool:
        """Whether it can be called with exactly these arguments by name."""
        return given <= set(self.names) and set(self.names[: self.required]) <= given

    def described(self) -> str:
        """As PostgREST lists candidates."""
        inside = ", ".join(f"{name} => {kind}" for name, kind in zip(self.names, self.types, strict=True))
        return f"{self.schema}.{self.name}({inside})"


def find_table(db: Connection, schema: str, name: str) -> Table:
    """The table, or PGRST205. Whether the caller may use it is for the database to say."""
    row = db.execute(TABLE, [schema, name]).fetchone()
    if row is None:
        raise refusal(404, "PGRST205", f"Could not find the table '{schema}.{name}' in the schema cache")
    return Table(int(row[0]), schema, name)


def columns_of(db: Connection, table: Table) -> dict[str, Column]:
    """The table's columns by name."""
    return {str(name): Column(name, kind, default) for name, kind, default in db.execute(COLUMNS, [table.oid])}


def primary_key(db: Connection, table: Table) -> list[str]:
    """The columns of its primary key."""
    return [str(name) for (name,) in db.execute(PRIMARY_KEY, [table.oid])]


def functions(db: Connection, schema: str, name: str) -> list[Function]:
    """All overloads of a name."""
    found = []
    for proname, void, many, volatile, required, names, table, types, modes, variadic in db.execute(
        FUNCTIONS, [schema, name]
    ):
        # proargnames lists the OUT arguments too; only those that go in have a type in proargtypes.
        inward = [n for n, mode in zip(names, modes, strict=False) if mode in "ibv"] if modes else list(names)
        padded = tuple((inward + [""] * len(types))[: len(types)])
        found.append(Function(schema, proname, padded, tuple(types), required, void, many, volatile, table, variadic))
    return found


def type_named(db: Connection, words: str) -> Composable:
    """The type a cast names, in the server's own spelling."""
    row = db.execute("select pg_catalog.format_type(pg_catalog.to_regtype(%s), null)", [words]).fetchone()
    if row is None or row[0] is None or row[0] == "-":
        raise refusal(400, "42704", f'type "{words}" does not exist')
    return sql.SQL(row[0])
