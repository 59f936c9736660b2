"""What the newer migrations do to a database that has the older ones: the changes one by one, and how everything was before."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gate.audit.catalog import Catalog, Column, Name, Table
from gate.finding import Span
from gate.migration import Statement


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a newer statement does, at the top of its file, in a block or in a function that is called.

    `act` is what is done, as in 'drop column', and `name` what it is done to: a relation, a function, a type. `part` is a column,
    constraint, index, trigger or policy of it. `made` says that newer migrations made it themselves, so that nothing of it is in
    use yet. `was` and `now` are the text of a type, condition or definition before and after, `columns` what a key, index or
    UPDATE is about, `other` the second relation of a key, copy or rename. `words` are options that were written.
    """

    act: str
    name: Name
    place: Span
    part: str = ""
    made: bool = False
    text: str = ""  # the statement as it is written, which may do more than this
    hidden: bool = False  # in a block or a called function, where whoever reads the file does not see it
    was: str = ""
    now: str = ""
    columns: tuple[str, ...] = ()
    other: Name | None = None
    words: frozenset[str] = frozenset()
    was_node: Any = None
    now_node: Any = None

    @property
    def what(self) -> str:
        """What it is done to, in words; the same in every run."""
        return f"{self.name} {self.part}".rstrip()

    @property
    def where(self) -> str:
        """Where it hides, to be put behind a message; '' where everybody sees it."""
        return ", inside a block or a called function" if self.hidden else ""


@dataclass(slots=True)
class Release:
    """The newer migrations, and the database that they meet.

    `base` is the catalog before the first of them. `since` says in words what the others are measured by, `files` are the paths of
    the newer ones. `gone` and `edited` are statements of released files that the project no longer has, or has otherwise: the first
    of each file.
    """

    base: Catalog
    since: str
    files: tuple[str, ...]
    changes: list[Change] = field(default_factory=list)
    edited: tuple[Statement, ...] = ()
    gone: tuple[Statement, ...] = ()
    latest: str = ""  # the last of the older files, where a newer one sorts before it
    columns: dict[int, Column] = field(default_factory=dict)  # those of the base, by the identity of the living ones
    tables: dict[int, Table] = field(default_factory=dict)
    living: list[tuple[Table | Column, ...]] = field(
        default_factory=list
    )  # kept, so that nothing newer takes over an identity
    head: Catalog | None = None  # after the last of them
    exposed: tuple[str, ...] | None = None  # the schemas that the API served, where that is known
    sizes: dict[str, int] = field(default_factory=dict)  # how many statements a file has
    temporary: set[str] = field(default_factory=set)
    _counted: int = -1
    _named: dict[Name, list[Change]] = field(default_factory=dict)
    _places: Counter[Span] = field(default_factory=Counter)

    def of(self, *acts: str) -> Iterator[Change]:
        """The changes of some kinds, in their order."""
        return (change for change in self.changes if change.act in acts)

    def about(self, name: Name) -> list[Change]:
        """The changes of one object, or in which it is the second, in their order. Ask when the replay is through."""
        if self._counted != len(self.changes):
            self._counted, self._named, self._places = len(self.changes), {}, Counter()
            for change in self.changes:
                for one in {change.name, change.other or change.name}:
                    self._named.setdefault(one, []).append(change)
                self._places[change.place] += 1
        return self._named.get(name, [])

    def at(self, place: Span) -> int:
        """How many changes a statement makes."""
        self.about(Name("", ""))
        return self._places[place]

    def after(self, change: Change, *acts: str) -> Iterator[Change]:
        """What happens to the same object later, of some kinds."""
        same = iter(self.about(change.name))
        for one in same:
            if one is change:
                break
        return (one for one in same if one.act in acts)

    def before(self, change: Change, *acts: str) -> Iterator[Change]:
        """What happened to the same object before, of some kinds."""
        for one in self.about(change.name):
            if one is change:
                return
            if one.act in acts:
                yield one


def in_use(catalog: Catalog, *acts: str) -> Iterator[Change]:
    """The newer changes of some kinds to what is in use already; none where nobody said which migrations are new."""
    if catalog.release:
        yield from (change for change in catalog.release.of(*acts) if not change.made)


def afterwards(catalog: Catalog) -> Catalog:
    """The database after the newer migrations."""
    return catalog.release.head or catalog if catalog.release else catalog
