"""What hangs on the objects of a catalog: grants, columns, constraints, indexes, triggers, policies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from gate.finding import Span

API_ROLES = ("anon", "authenticated")
PUBLIC = "public"  # as a grantee: everyone
OWNER = "postgres"  # who runs migrations, and owns what they make


class Name(NamedTuple):
    """A qualified name."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(slots=True)
class Acl:
    """Who holds which privileges on an object, and on its columns. Grantee `public` is everyone.

    `grants` is all that a grantee holds, whoever granted it; `lent` is the part that only the platform's default privileges
    gave, and that is not there in the explicit regime. `options` is the part that it may pass on. `foreign` holds what
    somebody other than the owner granted, by grantor and grantee. `kept` is what the platform granted, whom a REVOKE of the
    migrations does not speak for.
    """

    grants: dict[str, set[str]] = field(default_factory=dict)
    lent: dict[str, set[str]] = field(default_factory=dict)
    columns: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    kept: dict[str, frozenset[str]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)  # those whom a GRANT named, unlike those who hold it by default
    given: dict[str, Span] = field(default_factory=dict)  # the last GRANT that named somebody
    taken: dict[str, frozenset[str]] = field(default_factory=dict)  # what a REVOKE took that nothing meant to give back
    taken_in: str = ""  # the file of the last such REVOKE
    options: dict[str, set[str]] = field(default_factory=dict)
    foreign: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def keep(self) -> None:
        """Put every present grant out of the migrations' reach."""
        self.kept = {grantee: frozenset(held) for grantee, held in self.grants.items()}

    def grant(self, grantee: str, privileges: set[str], *, option: bool = False, by: str = "") -> None:
        """Add privileges; `by` is a grantor other than the owner."""
        self.grants.setdefault(grantee, set()).update(privileges)
        if grantee in self.lent:
            self.lent[grantee] -= privileges
        if option:
            self.options.setdefault(grantee, set()).update(privileges)
        if by:
            self.foreign.setdefault((by, grantee), set()).update(privileges)

    def lend(self, grantee: str, privileges: set[str]) -> None:
        """Add privileges that the explicit regime does not give by default."""
        held = self.grants.setdefault(grantee, set())
        self.lent.setdefault(grantee, set()).update(privileges - held)
        held |= privileges

    def unlent(self) -> "Acl":
        """The same in the explicit regime."""
        nothing: set[str] = set()
        return replace(
            self, grants={one: held - self.lent.get(one, nothing) for one, held in self.grants.items()}, lent={}
        )

    def held(self, grantees: Iterable[str]) -> set[str]:
        """What any of them holds."""
        return {privilege for one in grantees for privilege in self.grants.get(one, ())}

    def revoke(self, grantee: str, privileges: set[str], *, by: str = "") -> None:
        """Take privileges away; a table-level revoke also clears that role's column grants.

        What a role passed on goes with its own right to do so.
        """
        if by:
            given = self.foreign.get((by, grantee), set())
            taken = privileges & given
            given -= taken
        else:
            taken = privileges - self.kept.get(grantee, frozenset()) - self._passed_on(grantee)
        for held in (self.grants, self.lent):
            held.get(grantee, set()).difference_update(taken)
        self.revoke_option(grantee, taken)
        for (role, _), named in self.columns.items():
            if role == grantee:
                named.difference_update(privileges)

    def revoke_option(self, grantee: str, privileges: set[str]) -> None:
        """REVOKE GRANT OPTION FOR: what the grantee passed on goes, its own privilege stays."""
        self.options.get(grantee, set()).difference_update(privileges)
        for grantor, other in [pair for pair in self.foreign if pair[0] == grantee]:
            self.revoke(other, privileges & self.foreign[grantor, other], by=grantor)

    def passed_on(self, grantor: str, privileges: set[str]) -> set[str]:
        """The privileges among these that a grantor has passed on: a REVOKE without CASCADE stops at them."""
        return {one for (who, _), held in self.foreign.items() if who == grantor for one in held & privileges}

    def _passed_on(self, grantee: str) -> set[str]:
        """What a grantee holds through somebody other than the owner."""
        return {one for (_, whom), held in self.foreign.items() if whom == grantee for one in held}

    def rename_column(self, old: str, new: str) -> None:
        """Column grants follow the column's name."""
        self.columns = {(role, new if name == old else name): held for (role, name), held in self.columns.items()}

    def drop_column(self, column: str) -> None:
        """Column grants go with the column."""
        self.columns = {(role, name): held for (role, name), held in self.columns.items() if name != column}

    def drop_role(self, role: str) -> None:
        """Everything that was granted to a role, and by it, goes."""
        self.revoke_option(role, set(self.options.get(role, ())))
        self.grants.pop(role, None)
        self.lent.pop(role, None)
        self.foreign = {pair: held for pair, held in self.foreign.items() if role not in pair}
        self.columns = {key: held for key, held in self.columns.items() if key[0] != role}
        self.named.discard(role)

    def rename_role(self, old: str, new: str) -> None:
        """Grants follow a role's name."""
        for held in (self.grants, self.lent, self.options):
            if old in held:
                held[new] = held.pop(old)
        self.columns = {(new if role == old else role, column): held for (role, column), held in self.columns.items()}
        self.foreign = {
            (new if one == old else one, new if other == old else other): held
            for (one, other), held in self.foreign.items()
        }
        if old in self.named:
            self.named.remove(old)
            self.named.add(new)


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
    comment: str = ""
    own: bool = True  # written at this table, not only inherited

    def forget_default(self) -> None:
        """Have no default any more."""
        self.default, self.default_node, self.calls = "", None, frozenset()

    def inherited(self) -> "Column":
        """A copy for a child or a table made LIKE this one, which has no identity of its own."""
        if self.kind == "identity":
            return Column(self.name, self.type, self.not_null)
        return replace(self, comment="")

    @property
    def full_type(self) -> str:
        """The type with its length, as in varchar(20)."""
        return f"{self.type}({', '.join(self.size)})" if self.size else self.type


@dataclass(slots=True)
class ForeignKey:
    """Columns that point at another table. `on_delete` and `on_update` are as written, '' for NO ACTION."""

    name: str
    columns: tuple[str, ...]
    target: Name
    target_columns: tuple[str, ...]
    on_delete: str = ""
    on_update: str = ""


ConstraintKind = Literal["primary", "foreign", "unique", "check", "exclusion", "not null"]


@dataclass(slots=True)
class Constraint:
    """A named constraint of a table. `check` is a CHECK's condition in normal form, `node` its parse tree."""

    name: str
    kind: ConstraintKind
    columns: tuple[str, ...] = ()
    check: str = ""
    node: Any = None
    place: Span | None = None
    valid: bool = True  # False while NOT VALID
    calls: frozenset[Name] = frozenset()
    inherited: bool = False  # it came from a parent and goes with the parent's
    comment: str = ""


@dataclass(slots=True)
class Index:
    """What an index is on; expressions are left out of its columns. `constraint` tells one that a constraint made.

    `keys` are its columns in order, '' for an expression. `details` tells indexes on the same columns apart: method, expressions,
    order, operator classes. `where` is what makes it partial, as text and as parse tree.
    """

    name: Name
    table: Name
    keys: tuple[str, ...]
    unique: bool = False
    method: str = "btree"
    details: str = ""
    where: str = ""
    where_node: Any = None
    expressions: tuple[Any, ...] = ()
    include: tuple[str, ...] = ()
    constraint: bool = False
    place: Span | None = None  # None for the index of a constraint
    comment: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is on by themselves."""
        return tuple(one for one in self.keys if one)


@dataclass(slots=True)
class Trigger:
    """A trigger: when it fires, for which events and columns, and the function that it calls."""

    name: str
    function: Name
    place: Span
    timing: Literal["before", "after", "instead of"] = "after"
    events: frozenset[str] = frozenset()  # insert, update, delete, truncate
    columns: tuple[str, ...] = ()  # of UPDATE OF
    each_row: bool = False
    condition: Any = None  # the parse tree of WHEN
    enabled: Literal["origin", "disabled", "replica", "always"] = "origin"
    constraint: bool = False
    comment: str = ""

    @property
    def fires(self) -> bool:
        """Whether it fires in ordinary sessions."""
        return self.enabled in {"origin", "always"}


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
    comment: str = ""

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
