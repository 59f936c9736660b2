"""What Postgres would hold after the migrations: tables, policies, views, functions, grants, each with its place."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from gate.audit.parts import (
    API_ROLES,
    OWNER,
    PUBLIC,
    Acl,
    Column,
    Constraint,
    ForeignKey,
    Index,
    Name,
    Policy,
    Trigger,
)
from gate.config import Config, Regime
from gate.finding import Span
from gate.migration import Statement

if TYPE_CHECKING:
    from gate.audit.release import Release

__all__ = [
    "API_ROLES",
    "PUBLIC",
    "Acl",
    "Bucket",
    "Catalog",
    "Column",
    "Constraint",
    "EventTrigger",
    "ForeignKey",
    "Former",
    "Function",
    "Functions",
    "Index",
    "Lost",
    "Membership",
    "Moved",
    "Name",
    "Policy",
    "Publication",
    "Regained",
    "Role",
    "Schema",
    "Sequence",
    "Table",
    "Trigger",
    "Type",
    "View",
    "Widening",
]

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Table:
    """A table, partition or foreign table. `place` is the statement that made it, `changed` the last one about RLS."""

    name: Name
    place: Span
    kind: str = "table"
    columns: dict[str, Column] = field(default_factory=dict)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    constraints: dict[str, Constraint] = field(default_factory=dict)
    parents: list[Name] = field(default_factory=list)
    partition: bool = False
    partitioned: bool = False
    partition_key: tuple[str, ...] = ()  # of a partitioned table, '' for an expression
    rls: bool = False
    forced: bool = False
    changed: Span | None = None
    policies: dict[str, Policy] = field(default_factory=dict)
    acl: Acl = field(default_factory=Acl)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    owner: str = OWNER
    server: str = ""  # of a foreign table
    comment: str = ""


@dataclass(slots=True)
class View:
    """A view or materialized view with its options and query. `columns` are the names of its output, in order."""

    name: Name
    place: Span
    materialized: bool
    options: dict[str, str]
    query: Any
    sources: tuple[Name, ...]
    calls: frozenset[Name] = frozenset()
    acl: Acl = field(default_factory=Acl)
    lost_invoker: bool = False  # whether a CREATE OR REPLACE took its security_invoker away
    columns: dict[str, Column] = field(default_factory=dict)
    starred: dict[Name, tuple[str, ...]] = field(default_factory=dict)  # the columns that it reads by `*`, by relation
    triggers: dict[str, Trigger] = field(default_factory=dict)
    owner: str = OWNER
    comment: str = ""

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
    kind: str = "function"  # or procedure, aggregate
    defaults: dict[str, Any] = field(default_factory=dict)  # parse trees of arguments that need not be given
    body_node: Any = None  # the parse tree of a BEGIN ATOMIC body
    lost_path: bool = False  # whether a CREATE OR REPLACE left out the search path that it had
    lost_definer: bool = False  # whether one took its owner's rights away
    reopened: bool = False  # whether one of its name and arguments was dropped that a REVOKE had closed
    leakproof: bool = False
    strict: bool = False
    returns_set: bool = False
    outputs: tuple[tuple[str, str], ...] = ()  # (name, type) of OUT arguments and of RETURNS TABLE
    defaulted: int = 0  # how many of its last arguments need not be given
    owner: str = OWNER
    comment: str = ""

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


@dataclass(slots=True)
class Sequence:
    """A sequence, and the table and column it belongs to: a serial's or identity's goes with them."""

    name: Name
    place: Span
    column: tuple[Name, str] | None = None
    acl: Acl = field(default_factory=Acl)
    owner: str = OWNER
    comment: str = ""


@dataclass(slots=True)
class Type:
    """An enum, composite, domain, range or base type.

    `labels` are an enum's; `attributes` a composite's, name to type; `base`, `not_null`, `default` and `checks` a domain's.
    """

    name: Name
    place: Span
    labels: list[str] = field(default_factory=list)
    kind: str = "enum"  # composite, domain, range, base
    attributes: dict[str, str] = field(default_factory=dict)
    base: str = ""
    not_null: bool = False
    default: str = ""
    checks: dict[str, str] = field(default_factory=dict)
    acl: Acl = field(default_factory=Acl)
    owner: str = OWNER
    comment: str = ""


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
    owner: str = OWNER
    place: Span | None = None
    comment: str = ""


@dataclass(slots=True)
class Publication:
    """What the publication sends out. `tables` maps each named table to its column list, () for all columns."""

    name: str
    place: Span
    all_tables: bool = False
    tables: dict[Name, tuple[str, ...]] = field(default_factory=dict)
    schemas: set[str] = field(default_factory=set)
    places: dict[Name, Span] = field(default_factory=dict)  # the statement that added each table
    publish: frozenset[str] = frozenset({"insert", "update", "delete", "truncate"})
    owner: str = OWNER
    comment: str = ""

    def sends(self, table: Name) -> bool:
        """Whether changes of a table are sent out."""
        return self.all_tables or table in self.tables or table.schema in self.schemas


@dataclass(slots=True)
class EventTrigger:
    """A function that runs after (or before) statements of some kinds."""

    name: str
    event: str
    tags: tuple[str, ...]
    function: Name
    place: Span
    enabled: bool = True


class Membership(NamedTuple):
    """How a role is a member of another: whether it has its rights at once, may become it, and may give it on."""

    inherit: bool = True
    set: bool = True
    admin: bool = False


@dataclass(slots=True)
class Role:
    """A role's attributes, and the roles that it is a member of."""

    name: str
    place: Span | None = None
    login: bool = False
    superuser: bool = False
    bypasses_rls: bool = False
    inherits: bool = True
    creates_roles: bool = False
    creates_databases: bool = False
    replication: bool = False
    member_of: dict[str, Membership] = field(default_factory=dict)


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
    """A REVOKE that leaves its object open: what was revoked, from whom, and through whom it is still held.

    `lent` says that this is so only where the platform grants by default.
    """

    statement: str
    object: str
    privileges: str
    revoked_from: str
    still_through: str
    place: Span
    lent: bool = False


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
    roles: dict[str, Role] = field(default_factory=dict)
    powers: dict[str, dict[str, Span]] = field(default_factory=dict)  # what the migrations let a role do, and where
    publications: dict[str, Publication] = field(default_factory=dict)
    event_triggers: dict[str, EventTrigger] = field(default_factory=dict)
    servers: dict[str, str] = field(default_factory=dict)  # a foreign server's name to its wrapper
    defaults: dict[tuple[str, str, str], Acl] = field(default_factory=dict)  # by owner, schema ('' for all) and kind
    revokes: list[Widening] = field(default_factory=list)
    protected: dict[Name, Span] = field(default_factory=dict)  # names whose former table had row security
    gone: dict[str, Span] = field(default_factory=dict)  # relations that were dropped or got another name, and where
    moved: list[Moved] = field(default_factory=list)
    early: list[tuple[Name, str, Span]] = field(default_factory=list)  # enum labels used before they are committed
    lost: list[Lost] = field(default_factory=list)
    former: dict[tuple[Name, str], Former] = field(default_factory=dict)  # by the policy's table and name
    regained: list[Regained] = field(default_factory=list)
    closed: set[tuple[Name, tuple[str, ...]]] = field(default_factory=set)  # dropped functions that a REVOKE had closed
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

    torn: bool = False  # whether the other grant regime could have led to more than other grants
    heirs: list[Table] = field(default_factory=list)  # tables that were ever given a parent
    answers: dict[Hashable, Any] | None = None  # to questions that many rules ask, once the catalog is complete

    def once(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """The answer to a question about the complete catalog, worked out the first time that it is asked."""
        if self.answers is None:
            return answer()
        if question not in self.answers:
            self.answers[question] = answer()
        return cast("Answer", self.answers[question])

    def exposed(self, schema: str) -> bool:
        """Whether the Data API serves the schema."""
        return schema in self.config.exposed_schemas

    def may(self, role: str, privilege: str, acl: Acl, schema: str) -> bool:
        """Whether a role can use a privilege: USAGE on the schema and the privilege, directly or through PUBLIC."""
        if not self.once(("uses", role, schema), lambda: self._uses(role, schema)):
            return False
        who = self.identities(role)
        if any(privilege in acl.grants.get(one, ()) for one in who):
            return True
        return any(privilege in held for (one, _), held in acl.columns.items() if one in who)

    def _uses(self, role: str, schema: str) -> bool:
        home = self.schemas.get(schema)
        return home is not None and "USAGE" in home.acl.held(self.identities(role))

    def identities(self, role: str) -> set[str]:
        """The role, everyone, and the roles it is a member of."""
        return self.once(("identities", role), lambda: self._identities(role))

    def _identities(self, role: str) -> set[str]:
        found = {role, PUBLIC}
        todo = [role]
        while todo:
            role_ = self.roles.get(todo.pop())
            for parent in role_.member_of if role_ else ():
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        return found

    def reaches(self, table: Table | View, *privileges: str) -> tuple[str, ...]:
        """The API roles that reach a table or view of an exposed schema with any of the privileges."""
        if not self.exposed(table.name.schema) and table.name not in self.platform:
            return ()
        return self.once(("reaches", table.name, privileges), lambda: self._reach(table, privileges))

    def _reach(self, table: Table | View, privileges: tuple[str, ...]) -> tuple[str, ...]:
        wanted = privileges or ("SELECT", "INSERT", "UPDATE", "DELETE")
        return tuple(r for r in API_ROLES if any(self.may(r, p, table.acl, table.name.schema) for p in wanted))

    def acls(self) -> Iterator[Acl]:
        """The grants of everything."""
        for held in (self.schemas, self.tables, self.views, self.sequences, self.functions, self.types):
            yield from (one.acl for one in held.values())

    def relations(self) -> Iterator[Table | View]:
        """Every table and view."""
        yield from self.tables.values()
        yield from self.views.values()

    def own_tables(self) -> Iterator[Table]:
        """The tables that the project made."""
        return (table for name, table in self.tables.items() if name not in self.platform)

    def policies(self) -> Iterator[tuple[Table, Policy]]:
        """Every policy with its table."""
        return ((table, policy) for table in self.tables.values() for policy in table.policies.values())
