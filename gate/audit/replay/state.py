"""What a replay carries from statement to statement: the catalog, the search path and the current place."""

from dataclasses import dataclass
from typing import Any

from gate.audit.catalog import Catalog, Name
from gate.finding import Span
from gate.migration import Statement

DEFAULT_PATH: tuple[str, ...] = ("public", "extensions")


@dataclass(slots=True)
class State:
    """A replay at one statement."""

    catalog: Catalog
    statement: Statement
    path: tuple[str, ...] = DEFAULT_PATH
    depth: int = 0

    @property
    def place(self) -> Span:
        """Where the current statement stands."""
        return self.statement.place

    @property
    def home(self) -> str:
        """The schema in which an unqualified object is made."""
        return next((schema for schema in self.path if schema in self.catalog.schemas), "public")

    def made(self, relation: Any) -> Name:
        """The name of a relation that a statement makes."""
        return Name(relation.schemaname or self.home, relation.relname)

    def found(self, relation: Any) -> Name:
        """The name of a relation that a statement refers to, looked up along the search path."""
        return self.lookup(relation.schemaname, relation.relname)

    def lookup(self, schema: str, name: str) -> Name:
        """An existing table or view of that name along the search path, else where it would be made."""
        if schema:
            return Name(schema, name)
        for one in self.path:
            if Name(one, name) in self.catalog.tables or Name(one, name) in self.catalog.views:
                return Name(one, name)
        return Name(self.home, name)

    def missing(self, what: str) -> None:
        """Note an object that the history never made."""
        self.catalog.missing.append((what, self.place))

    def unmodelled(self, why: str) -> None:
        """Note that the current statement was not followed."""
        self.catalog.unmodelled.append((self.statement, why))
