"""What a table or view is to the attack: its columns, keys and constraints, as values."""

import re
from dataclasses import dataclass
from typing import Protocol

Role = str  # anon or authenticated
ROLES: tuple[Role, ...] = ("anon", "authenticated")


# Types of extensions that we know by name, wherever they were put on the usual search path.
KNOWN = re.compile(r"^(?:public|extensions)\.((?:vector|halfvec|hstore|ltree|citext)(?:\[\])?)$")


def usual_name(type_name: str) -> str:
    """The type as it is called on the usual search path, where it is one that we know."""
    return KNOWN.sub(r"\1", type_name)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its domain looked through: `type` is the type below, `category` and `labels` are that type's.

    `sql` is the quoted name. `width` is the n of varchar(n), bit(n) or vector(n), for numeric the
    digits before the point; None where there is no limit. `fields` counts
    the fields of a composite type. `given` is set where the server makes the value and refuses ours. `selects`,
    `inserts` and `updates` hold the API roles with that privilege.
    """

    name: str
    sql: str
    type: str
    kind: str
    category: str
    width: int | None
    fields: int
    required: bool
    default: str | None
    given: bool
    labels: tuple[str, ...]
    selects: frozenset[Role]
    inserts: frozenset[Role]
    updates: frozenset[Role]

    @property
    def counted(self) -> bool:
        """Whether a sequence counts its values."""
        return self.category == "N" and self.default is not None and self.default.startswith(("identity", "nextval("))


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key: our columns, the other table as schema.name, its columns, and whether our rows die with theirs."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    cascades: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint, of the table or of a column's domain: its condition and the columns it reads."""

    name: str
    condition: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a partition takes: the server's words, as in FOR VALUES IN ('a'), and the columns they are about."""

    text: str
    columns: tuple[str, ...]


class Target(Protocol):
    """What an attack is made on: a table, a view, a function or a bucket."""

    @property
    def full_name(self) -> str:
        """How it is called in reports."""

    @property
    def schema(self) -> str:
        """The schema that the request names."""

    @property
    def kind(self) -> str:
        """pg_class's letter of a relation, or a word."""

    @property
    def sql(self) -> str:
        """The quoted name."""

    @property
    def before(self) -> frozenset[str]:
        """The commands with a BEFORE trigger for each row."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view as the server describes it.

    `kind` is pg_class's: r, p (partitioned), v, m or f. `sql` is the quoted name. `invoker` is a view with the caller's rights.
    `guard` is all that row security and grants say of it, as one text to compare. `uniques` holds the primary key and every
    other unique key. `bounds` are those of the partitions below a table, or those that a partition
    lies within. `below` are the
    tables that a view reads. `before` holds the commands with a BEFORE trigger for each row.
    `updatable` has the bits of pg_relation_is_updatable. `conditions` are those of its policies, those for reading first.
    """

    oid: int
    schema: str
    name: str
    sql: str
    kind: str
    exposed: bool
    rls: bool
    invoker: bool
    partition_of: str | None
    guard: str
    updatable: int
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    keys: tuple[Key, ...]
    checks: tuple[Check, ...]
    bounds: tuple[Bound, ...]
    below: tuple[str, ...]
    before: frozenset[str]
    conditions: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """schema.name."""
        return f"{self.schema}.{self.name}"

    @property
    def policed(self) -> bool:
        """Whether row security is on and there are policies."""
        return self.rls and not self.guard.endswith("|0")

    @property
    def is_table(self) -> bool:
        """Whether rows can be planted in it."""
        return self.kind in {"r", "p"}

    @property
    def bound_columns(self) -> frozenset[str]:
        """The columns that choose the partition."""
        return frozenset(name for bound in self.bounds for name in bound.columns)

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def unique(self, *names: str) -> bool:
        """Whether at most one row can hold the same values in these columns."""
        return any(set(key) <= set(names) for key in self.uniques)
