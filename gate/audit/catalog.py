"""What Postgres would hold after the migrations: tables, policies, views, functions, grants, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from gate.config import Config, Regime
from gate.finding import Span
from gate.migration import Statement

if TYPE_CHECKING:
    from gate.audit.release import Release

API_ROLES = ("anon", "authenticated")
PUBLIC = "public"  # as a grantee: everyone


class Name(NamedTuple):
    """A qualified name."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(slots=True)
class Acl:
    """Who holds which privileges on an object, and on its columns. Grantee `public` is everyone.

    `kept` is what somebody else granted, whom a REVOKE of the migrations does not speak for.
    """

    grants: dict[str, set[str]] = field(default_factory=dict)
    columns: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    kept: dict[str, frozenset[str]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)  # those whom a GRANT named, unlike those who hold it by default
    given: dict[str, Span] = field(default_factory=dict)  # the last GRANT that named somebody
    taken: dict[str, frozenset[str]] = field(default_factory=dict)  # what a REVOKE took that nothing meant to give back
    taken_in: str = ""  # the file of the last such REVOKE

    def keep(self) -> None:
        """Put every present grant out of the migrations' reach."""
        self.kept = {grantee: frozenset(held) for grantee, held in self.grants.items()}

    def grant(self, grantee: str, privileges: set[str]) -> None:
        """Add privileges."""
        self.grants.setdefault(grantee, set()).update(privileges)

    def revoke(self, grantee: str, privileges: set[str]) -> None:
        """Take privileges away; a table-level revoke also clears that role's column grants."""
        self.grants.get(grantee, set()).difference_update(privileges - self.kept.get(grantee, frozenset()))
        for (role, _), held in self.columns.items():
            if role == grantee:
                held.difference_update(privileges)

    def rename_column(self, old: str, new: str) -> None:
        """Column grants follow the column's name."""
        self.columns = {(role, new if name == old else name): held for (role, name), held in self.columns.items()}

    def drop_column(self, column: str) -> None:
        """Column grants go with the column."""
        self.columns = {(role, name): held for (role, name), held in self.columns.items() if name != column}

    def drop_role(self, role: str) -> None:
        """Everything that was granted to a role goes."""
        self.grants.pop(role, None)
        self.columns = {key: held for key, held in self.columns.items() if key[0] != role}


@dataclass(slots=True)
class Column:
    """A column. `type` is the last part of the type's name, `?` where only the server could tell.

    `default` is its expression or ''; an identity's and a generated column's counts as one.
    """

    name: str
    type: str
    not_null: bool = False
    default: str = ""
    default_node: Any = None
    calls: frozenset[Name] = frozenset()  # the functions that the default calls
    kind: str = ""  # 'identity' or 'generated'
    limited: bool = False  # its type has a length or precision
    size: tuple[str, ...] = ()  # that length, or precision and scale, where they are literals

    def forget_default(self) -> None:
        """Have no default any more."""
        self.default, self.default_node, self.calls = "", None, frozenset()

    def inherited(self) -> "Column":
        """A copy for a child or a table made LIKE this one, which has no identity of its own."""
        if self.kind == "identity":
            return Column(self.name, self.type, self.not_null)
        return replace(self)

    @property
    def full_type(self) -> str:
        """The type with its length, as in varchar(20)."""
        return f"{self.type}({', '.join(self.size)})" if self.size else self.type


@dataclass(slots=True)
class ForeignKey:
    """Columns that point at another table."""

    name: str
    columns: tuple[str, ...]
    target: Name
    target_columns: tuple[str, ...]
    valid: bool = True  # False while NOT VALID


@dataclass(slots=True)
class Check:
    """A CHECK constraint: its parse tree, and whether the rows that were there have been looked at."""

    node: Any
    valid: bool = True


@dataclass(slots=True)
class Policy:
    """A row security policy. `using` and `check` are normal-form texts ('' for none), the nodes their parse trees.

    Relations and functions in them are spelled with their schema, whatever the search path was.
    """

    name: str
    table: Name
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: str
    check: str
    using_node: Any
    check_node: Any
    place: Span
    relations: frozenset[Name] = frozenset()
    calls: frozenset[Name] = frozenset()

    def covers(self, command: str) -> bool:
        """Whether the policy speaks about select, insert, update or delete."""
        return self.command in {"all", command}

    def checks(self) -> str:
        """What a new row must satisfy: WITH CHECK, or USING where there is none, as Postgres does."""
        return self.check or ("" if self.command == "insert" else self.using)

    def applies_to(self, role: str) -> bool:
        """Whether the role is named, directly or through PUBLIC."""
        return PUBLIC in self.roles or role in self.roles

    def expressions(self) -> Iterator[Any]:
        """The parse trees of its conditions."""
        yield from (node for node in (self.using_node, self.check_node) if node is not None)


@dataclass(slots=True)
class Table:
    """A table, partition or foreign table. `place` is the statement that made it, `changed` the last one about RLS."""

    name: Name
    place: Span
    kind: str = "table"
    columns: dict[str, Column] = field(default_factory=dict)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    constraints: dict[str, str] = field(default_factory=dict)  # name to 'primary', 'foreign', 'unique' or 'check'
    checks: dict[str, Check] = field(default_factory=dict)
    parents: list[Name] = field(default_factory=list)
    partition: bool = False
    rls: bool = False
    forced: bool = False
    changed: Span | None = None
    policies: dict[str, Policy] = field(default_factory=dict)
    acl: Acl = field(default_factory=Acl)
    triggers: dict[str, tuple[Name, Span, bool]] = field(default_factory=dict)  # function, place, whether it fires


@dataclass(slots=True)
class View:
    """A view or materialized view with its options and query."""

    name: Name
    place: Span
    materialized: bool
    options: dict[str, str]
    query: Any
    sources: tuple[Name, ...]
    calls: frozenset[Name] = frozenset()
    acl: Acl = field(default_factory=Acl)
    lost_invoker: bool = False  # whether a CREATE OR REPLACE took its security_invoker away

    @property
    def invoker(self) -> bool:
        """Whether it reads with the rights of whoever asks."""
        return self.options.get("security_invoker", "false").lower() in {"true", "on", "1", "yes", ""}


@dataclass(slots=True)
class Function:
    """A function or procedure. `arguments` are (name, type) of the input ones; `settings` holds its SET clauses."""

    name: Name
    arguments: tuple[tuple[str, str], ...]
    returns: str
    language: str
    definer: bool
    volatility: str
    settings: dict[str, str]
    body: str
    place: Span
    acl: Acl = field(default_factory=Acl)
    kind: str = "function"
    defaults: dict[str, Any] = field(default_factory=dict)  # parse trees of arguments that need not be given
    body_node: Any = None  # the parse tree of a BEGIN ATOMIC body
    lost_path: bool = False  # whether a CREATE OR REPLACE left out the search path that it had
    lost_definer: bool = False  # whether one took its owner's rights away

    @property
    def key(self) -> tuple[Name, tuple[str, ...]]:
        """What identifies it: its name and the types of its input arguments."""
        return self.name, tuple(kind for _, kind in self.arguments)

    @property
    def signature(self) -> str:
        """The name with its argument types."""
        return f"{self.name}({', '.join(kind for _, kind in self.arguments)})"


class Functions(dict[tuple[Name, tuple[str, ...]], Function]):
    """Functions by name and argument types. Those of one name are found without going through all of them."""

    __slots__ = ("_named",)

    def __init__(self) -> None:
        super().__init__()
        self._named: dict[Name, list[tuple[str, ...]]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (), None, None, iter(self.items())

    def __setitem__(self, key: tuple[Name, tuple[str, ...]], made: Function) -> None:
        if key not in self:
            self._named.setdefault(key[0], []).append(key[1])
        super().__setitem__(key, made)

    def __delitem__(self, key: tuple[Name, tuple[str, ...]]) -> None:
        super().__delitem__(key)
        self._named[key[0]].remove(key[1])

    def named(self, name: Name) -> list[Function]:
        """All functions of a name, in the order in which they were made."""
        return [self[name, kinds] for kinds in self._named.get(name, ())]


class Index(NamedTuple):
    """What an index is on; expressions are left out of its columns.

    `details` tells indexes on the same columns apart: method, expressions, order, operator classes. `where` is what makes it
    partial.
    """

    table: Name
    columns: tuple[str, ...]
    unique: bool = False
    details: str = ""
    where: str = ""
    place: Span | None = None  # None for the index of a constraint


@dataclass(slots=True)
class Sequence:
    """A sequence, and the table and column it belongs to: a serial's or identity's goes with them."""

    name: Name
    place: Span
    owner: tuple[Name, str] | None = None
    acl: Acl = field(default_factory=Acl)


@dataclass(slots=True)
class Type:
    """An enum, composite or domain type; `labels` are an enum's."""

    name: Name
    place: Span
    labels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bucket:
    """A storage bucket as the migrations leave it."""

    id: str
    public: bool
    place: Span
    limited: bool = False  # in the size of its files
    typed: bool = False  # in what kinds of files it takes


@dataclass(slots=True)
class Schema:
    """A schema and who may use it."""

    name: str
    acl: Acl = field(default_factory=Acl)


class Lost(NamedTuple):
    """A policy that went with what it used, by a CASCADE."""

    policy: Policy
    cause: str
    place: Span


class Moved(NamedTuple):
    """A table or column that is not there any more under its name. `column` is '' for a table, `now` is '' where it was dropped."""

    table: Name
    column: str
    now: str
    place: Span


class Former(NamedTuple):
    """A policy as it was before the statement that last altered or dropped it."""

    policy: Policy
    place: Span


class Regained(NamedTuple):
    """A privilege that a REVOKE took on an object, and that a GRANT on all objects of its schema gave back."""

    object: str
    role: str
    privileges: frozenset[str]
    place: Span


class Widening(NamedTuple):
    """A REVOKE that leaves its object open: what was revoked, from whom, and through whom it is still held."""

    statement: str
    object: str
    privileges: str
    revoked_from: str
    still_through: str
    place: Span


@dataclass(slots=True)
class Catalog:
    """The replayed database in one grant regime."""

    config: Config
    regime: Regime
    schemas: dict[str, Schema] = field(default_factory=dict)
    tables: dict[Name, Table] = field(default_factory=dict)
    views: dict[Name, View] = field(default_factory=dict)
    functions: Functions = field(default_factory=Functions)
    sequences: dict[Name, Sequence] = field(default_factory=dict)
    types: dict[Name, Type] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)  # name to schema
    installed: dict[str, Span] = field(default_factory=dict)  # the statement that made an extension
    indexes: dict[Name, Index] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    roles: dict[str, set[str]] = field(default_factory=dict)
    defaults: dict[tuple[str, str, str], dict[str, set[str]]] = field(default_factory=dict)
    revokes: list[Widening] = field(default_factory=list)
    protected: dict[Name, Span] = field(default_factory=dict)  # names whose former table had row security
    gone: dict[str, Span] = field(default_factory=dict)  # relations that were dropped or got another name, and where
    moved: list[Moved] = field(default_factory=list)
    early: list[tuple[Name, str, Span]] = field(default_factory=list)  # enum labels used before they are committed
    lost: list[Lost] = field(default_factory=list)
    former: dict[tuple[Name, str], Former] = field(default_factory=dict)  # by the policy's table and name
    regained: list[Regained] = field(default_factory=list)
    memberships: dict[tuple[str, str], Span] = field(default_factory=dict)  # a member and its role, with the GRANT
    defaulted: dict[tuple[str, str, str, str], Span] = field(default_factory=dict)  # a default's key and its grantee
    passwords: list[tuple[str, Span]] = field(default_factory=list)  # the role and the place, never the word
    transactions: list[tuple[str, Span]] = field(default_factory=list)  # BEGIN, COMMIT and ROLLBACK, as written
    files: list[tuple[str, Span]] = field(default_factory=list)  # each with its first statement
    platform: set[Name] = field(default_factory=set)
    failed: list[Statement] = field(default_factory=list)
    unmodelled: list[tuple[Statement, str]] = field(default_factory=list)
    missing: list[tuple[str, Span]] = field(default_factory=list)
    release: "Release | None" = None  # what the newer migrations do, where it is known which are new

    def exposed(self, schema: str) -> bool:
        """Whether the Data API serves the schema."""
        return schema in self.config.exposed_schemas

    def may(self, role: str, privilege: str, acl: Acl, schema: str) -> bool:
        """Whether a role can use a privilege: USAGE on the schema and the privilege, directly or through PUBLIC."""
        home = self.schemas.get(schema)
        if home is None or not any("USAGE" in home.acl.grants.get(one, ()) for one in self.identities(role)):
            return False
        if any(privilege in acl.grants.get(one, ()) for one in self.identities(role)):
            return True
        return any(privilege in held for (one, _), held in acl.columns.items() if one in self.identities(role))

    def identities(self, role: str) -> set[str]:
        """The role, everyone, and the roles it is a member of."""
        found = {role, PUBLIC}
        todo = [role]
        while todo:
            for parent in self.roles.get(todo.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        return found

    def reaches(self, table: Table | View, *privileges: str) -> tuple[str, ...]:
        """The API roles that reach a table or view of an exposed schema with any of the privileges."""
        if not self.exposed(table.name.schema) and table.name not in self.platform:
            return ()
        wanted = privileges or ("SELECT", "INSERT", "UPDATE", "DELETE")
        return tuple(r for r in API_ROLES if any(self.may(r, p, table.acl, table.name.schema) for p in wanted))

    def acls(self) -> Iterator[Acl]:
        """The grants of everything."""
        for held in (self.schemas, self.tables, self.views, self.sequences, self.functions):
            yield from (one.acl for one in held.values())

    def own_tables(self) -> Iterator[Table]:
        """The tables that the project made."""
        return (table for name, table in self.tables.items() if name not in self.platform)

    def policies(self) -> Iterator[tuple[Table, Policy]]:
        """Every policy with its table."""
        return ((table, policy) for table in self.tables.values() for policy in table.policies.values())
