"""What a replay carries from statement to statement: the catalog, the search path, the role and the current place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from gate.audit.catalog import Catalog, Name, Table
from gate.audit.parts import OWNER, Acl
from gate.finding import Span
from gate.migration import Statement

DEFAULT_PATH: tuple[str, ...] = ("public", "extensions")
MIGRATOR = OWNER


class Refused(Exception):  # noqa: N818 - what Postgres would say, not a fault of ours
    """A statement that Postgres would refuse.

    `certain` is false where it names something that this history never made: production may have it.
    """

    def __init__(self, what: str, *, certain: bool = True) -> None:
        super().__init__(what)
        self.certain = certain


class TakenBack(Exception):  # noqa: N818 - a jump, not a fault
    """Something was refused after a part of it took effect: the replay begins again without it.

    `key` is the statement's number and the number of the guarded block inside it, 0 for the whole statement.
    """

    def __init__(self, key: tuple[int, int], what: str) -> None:
        super().__init__(what)
        self.key = key


@dataclass(slots=True)
class State:
    """A replay at one statement. `path` and `role` hold until the file ends, what ALTER ROLE sets for longer.

    `complete` says that what the history does not make is not there. `without` holds what is known to be refused after a
    part of it took effect, and why; `changes` counts what took effect.
    """

    catalog: Catalog
    statement: Statement
    step: Callable[["State", Any], None]  # how a statement inside a block is applied
    path: tuple[str, ...] = DEFAULT_PATH
    login_path: tuple[str, ...] = DEFAULT_PATH
    role: str = MIGRATOR
    depth: int = 0
    handlers: int = 0
    calling: list[Name] = field(default_factory=list)
    complete: bool = False
    number: int = 0
    guarded: int = 0
    changes: int = 0
    without: Mapping[tuple[int, int], str] = field(default_factory=dict)
    again: bool = True  # whether the replay may begin again
    commands: list[dict[str, Any]] = field(default_factory=list)  # what an event trigger is told of
    renamed: list[Table] = field(default_factory=list)  # whose constraints may be named after another table's name

    @property
    def place(self) -> Span:
        """Where the current statement stands."""
        return self.statement.place

    def begin_file(self) -> None:
        """A new file begins on a new connection."""
        self.path, self.role = self.login_path, MIGRATOR

    @property
    def home(self) -> str:
        """The schema in which an unqualified object is made."""
        return next((schema for schema in self.path if schema in self.catalog.schemas), "public")

    def made(self, relation: Any) -> Name:
        """The name of a relation that a statement makes."""
        return self.made_as((relation.schemaname, relation.relname) if relation.schemaname else (relation.relname,))

    def made_as(self, parts: tuple[str, ...]) -> Name:
        """The name of an object that a statement makes, from its dotted parts; its schema must be there."""
        if len(parts) > 1:
            if parts[-2] not in self.catalog.schemas and parts[-2] != "pg_temp":
                self.missing(f"schema {parts[-2]} of {parts[-1]} was never created")
            return Name(parts[-2], parts[-1])
        if not any(schema in self.catalog.schemas for schema in self.path):
            self.missing(f"no schema of the search path is there to make {parts[-1]} in")
        return Name(self.home, parts[-1])

    def found(self, relation: Any) -> Name:
        """The name of a relation that a statement refers to, looked up along the search path."""
        return self.lookup(relation.schemaname, relation.relname)

    def found_as(self, parts: tuple[str, ...]) -> Name:
        """The name of a relation that a statement refers to by its dotted parts."""
        return self.lookup(parts[-2] if len(parts) > 1 else "", parts[-1])

    def lookup(self, schema: str, name: str) -> Name:
        """An existing relation of that name along the search path, else where it would be made."""
        if schema:
            return Name(schema, name)
        found = self.existing(name)
        if found is None and not any(one in self.catalog.schemas for one in self.path):
            return Name("", name)
        return found or Name(self.home, name)

    def existing(self, name: str) -> Name | None:
        """The first relation of that name along the search path."""
        catalog = self.catalog
        for schema in self.path:
            one = Name(schema, name)
            if one in catalog.tables or one in catalog.views or one in catalog.sequences:
                return one
        return None

    def type_named(self, parts: tuple[str, ...]) -> Name | None:
        """The existing type that a statement refers to by its dotted parts."""
        homes = (parts[-2],) if len(parts) > 1 else self.path
        return next((Name(home, parts[-1]) for home in homes if Name(home, parts[-1]) in self.catalog.types), None)

    def of_an_extension(self, homes: tuple[str, ...]) -> bool:
        """Whether an extension lives in one of the schemas, so that it may hold what the history never made."""
        return any(home in homes for home in self.catalog.extensions.values())

    def spelled(self, word: str) -> Name:
        """A relation named inside a text, as in 'public.notes' or '"Notes"'."""
        parts = []
        rest = word.strip()
        while rest:
            if rest.startswith('"'):
                end = rest.find('"', 1)
                part, rest = (rest[1:end], rest[end + 1 :]) if end > 0 else (rest[1:], "")
            else:
                part, _, rest = rest.partition(".")
                part, rest = part.strip().lower(), "." + rest if rest else ""
            parts.append(part)
            rest = rest.removeprefix(".")
        return self.found_as(tuple(parts) or ("",))

    def holds(self, acl: Acl, roles: Sequence[str], *privileges: str) -> bool:
        """Whether one of the roles holds one of the privileges, which decides what becomes of the statement."""
        held = acl.held(roles) & set(privileges)
        self.catalog.torn |= bool(held) and not held & acl.unlent().held(roles)
        return bool(held)

    def refuse(self, what: str) -> NoReturn:
        """Postgres refuses the statement, whatever else there may be."""
        raise Refused(what)

    def missing(self, what: str) -> NoReturn:
        """Postgres refuses the statement for something that the history never made."""
        raise Refused(what, certain=self.complete)

    def lacks(self, what: str) -> None:
        """As `missing`, of a statement that is replayed all the same where production may have what it lacks."""
        if self.complete or self.handlers:
            self.missing(what)
        self.note(what)

    def note(self, what: str) -> None:
        """List what Postgres would refuse."""
        if (what, self.place) not in self.catalog.missing[-3:]:
            self.catalog.missing.append((what, self.place))

    def take_back(self, key: tuple[int, int], what: str, *, since: int) -> None:
        """Begin again without something that is refused, if a part of it has taken effect."""
        if self.again and self.changes != since:
            raise TakenBack(key, what)

    def part(self, act: Callable[..., None], *given: Any) -> None:
        """One part of a statement that has several: refused as a whole, unless only production could tell."""
        if self.tried(act, *given):
            self.changes += 1

    def tried(self, act: Callable[..., None], *given: Any) -> bool:
        """As `part`, of what counts its changes itself: whether it was done."""
        try:
            act(self, *given)
        except Refused as refused:
            if refused.certain or self.handlers:
                raise
            self.note(str(refused))
            return False
        return True

    def unmodelled(self, why: str) -> None:
        """Note that the current statement, or a part of it, was not followed."""
        note = (self.statement, why)
        if note not in self.catalog.unmodelled[-1:]:
            self.catalog.unmodelled.append(note)
