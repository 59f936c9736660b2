"""What a replay carries from statement to statement: the catalog, the search path, the role and the current place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gate.audit.catalog import Catalog, Name
from gate.finding import Span
from gate.migration import Statement

DEFAULT_PATH: tuple[str, ...] = ("public", "extensions")
MIGRATOR = "postgres"


class Refused(Exception):  # noqa: N818 - what Postgres would say, not a fault of ours
    """A statement inside a block with handlers that Postgres would refuse."""


@dataclass(slots=True)
class State:
    """A replay at one statement. `role_path` and `role` hold until the file ends, what ALTER ROLE sets for longer."""

    catalog: Catalog
    statement: Statement
    step: Callable[["State", Any], None]  # how a statement inside a block is applied
    path: tuple[str, ...] = DEFAULT_PATH
    login_path: tuple[str, ...] = DEFAULT_PATH
    role: str = MIGRATOR
    depth: int = 0
    handlers: int = 0
    calling: list[Name] = field(default_factory=list)

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
        return Name(relation.schemaname or self.home, relation.relname)

    def made_as(self, parts: tuple[str, ...]) -> Name:
        """The name of an object that a statement makes, from its dotted parts."""
        return Name(parts[-2] if len(parts) > 1 else self.home, parts[-1])

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
        return self.existing(name) or Name(self.home, name)

    def existing(self, name: str) -> Name | None:
        """The first relation of that name along the search path."""
        catalog = self.catalog
        for schema in self.path:
            one = Name(schema, name)
            if one in catalog.tables or one in catalog.views or one in catalog.sequences:
                return one
        return None

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

    def missing(self, what: str) -> None:
        """Note what Postgres would refuse: an object that the history never made, or made already."""
        if self.handlers:
            raise Refused(what)
        self.catalog.missing.append((what, self.place))

    def unmodelled(self, why: str) -> None:
        """Note that the current statement, or a part of it, was not followed."""
        note = (self.statement, why)
        if note not in self.catalog.unmodelled[-1:]:
            self.catalog.unmodelled.append(note)
