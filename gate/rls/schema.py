"""What the live database says of the tables and views within reach of the API."""

from collections.abc import Sequence
from dataclasses import dataclass

from gate.postgres import Connection

RELATIONS = """
select c.oid, n.nspname, c.relname, c.relkind::text, c.relrowsecurity
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
order by 2, 3
"""
COLUMNS = """
select a.attname, coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text, b.typcategory::text, a.attnotnull or t.typnotnull,
       a.atthasdef or a.attidentity <> '', a.attgenerated <> '' or a.attidentity = 'a', a.atttypmod,
       coalesce((select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum as e where e.enumtypid = b.oid), '{}')
from pg_attribute as a join pg_type as t on t.oid = a.atttypid
join pg_type as b on b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
where a.attrelid = %s and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
KEYS = """
select c.contype::text, c.conname, pg_get_constraintdef(c.oid),
       (select array_agg(a.attname::text order by k.ord) from unnest(c.conkey) with ordinality as k (num, ord)
        join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.num),
       f.nspname, r.relname,
       (select array_agg(a.attname::text order by k.ord) from unnest(c.confkey) with ordinality as k (num, ord)
        join pg_attribute as a on a.attrelid = c.confrelid and a.attnum = k.num)
from pg_constraint as c left join pg_class as r on r.oid = c.confrelid left join pg_namespace as f on f.oid = r.relnamespace
where c.conrelid = %s order by c.contype, c.conname
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `category` is Postgres's type category, `labels` the enum's, `length` of varchar(n) or 0."""

    name: str
    type: str
    category: str
    required: bool
    default: bool
    generated: bool
    length: int
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key: our columns, the other table as schema.name, its columns."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint: its name, its text, the columns it reads."""

    name: str
    text: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view as the server describes it."""

    schema: str
    name: str
    kind: str
    rls: bool
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    keys: tuple[Key, ...]
    checks: tuple[Check, ...]

    @property
    def full_name(self) -> str:
        """schema.name."""
        return f"{self.schema}.{self.name}"

    @property
    def is_table(self) -> bool:
        """Whether rows can be planted in it."""
        return self.kind in {"r", "p"}

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def read(db: Connection, schemas: Sequence[str]) -> tuple[Relation, ...]:
    """Every table and view of these schemas, extensions' own left out."""
    return tuple(_relation(db, *row) for row in db.execute(RELATIONS, [list(schemas)]).fetchall())


def _relation(db: Connection, oid: int, schema: str, name: str, kind: str, rls: bool) -> Relation:  # noqa: FBT001 - a row
    columns = []
    for column in db.execute(COLUMNS, [oid]):
        label, kind_name, category, required, default, generated, length, labels = column
        limit = length - 4 if length > 4 and kind_name in {"character varying", "character"} else 0
        columns.append(Column(label, kind_name, category, required, default, generated, limit, tuple(labels)))
    primary: tuple[str, ...] = ()
    keys = []
    checks = []
    for contype, constraint, text, own, other_schema, other, theirs in db.execute(KEYS, [oid]):
        match contype:
            case "p":
                primary = tuple(own)
            case "f":
                keys.append(Key(tuple(own), f"{other_schema}.{other}", tuple(theirs)))
            case "c":
                checks.append(Check(constraint, text, tuple(own or ())))
    return Relation(schema, name, kind, rls, tuple(columns), primary, tuple(keys), tuple(checks))
