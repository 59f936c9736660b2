"""What each of the two users owns in the project, by their own word: they are asked, and see what row security lets them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gate.config import Config
from gate.rls.constraints import named as constraint_words
from gate.rls.live.asking import Asker, Filter, Row
from gate.rls.live.plan import Plan, allowed
from gate.rls.live.target import Who
from gate.rls.schema import Column, Relation
from gate.rls.values import hidden

MOST = 20  # rows of one user in one table
PLAIN = re.compile(r"[A-Za-z_]\w*")
SHORTEST = 8  # characters of a text that can be taken for somebody's own


@dataclass(slots=True)
class Belongings:
    """Asks once per user and table, through parents and memberships as far as the owners' map leads."""

    plan: Plan
    asker: Asker
    ids: Mapping[Who, str]
    config: Config
    words: dict[tuple[Who, str], str] = field(default_factory=dict)
    _known: dict[tuple[Who, str], tuple[Row, ...]] = field(default_factory=dict)

    def of(self, who: Who, name: str) -> tuple[Row, ...]:
        """The user's rows in a table; none where there are none, or where they cannot be asked for (`words` says why)."""
        if (who, name) not in self._known:
            self._known[who, name] = ()  # in a circle of parents nobody owns anything
            self._known[who, name] = self._asked(who, name)
        return self._known[who, name]

    def theirs(self, name: str) -> tuple[Row, ...]:
        """B's rows that are not A's as well, as those of a team that both are in, and that B has not published."""
        relation = self.plan.relations[name]
        mine = {key_of(relation, row) for row in self.of("A", name)}
        own = [row for row in self.of("B", name) if key_of(relation, row) not in mine]
        kept = tuple(row for row in own if not published(relation, row))
        if own and not kept:
            self.words["B", name] = "all that B has there is public by its own columns"
        elif self.of("B", name) and not own:
            self.words["B", name] = "all that B has there is A's as well"
        return kept

    def shared(self, relation: Relation) -> bool:
        """Whether rows of others may well be meant for A: published ones, or where there are teams those of A's."""
        teams = any(owner.members for owner in self.plan.owned.values())
        return teams or any(_says_who_sees(relation, column) for column in relation.columns)

    def tell_tale(self, name: str) -> Iterator[tuple[str, str]]:
        """Columns and values that only B's rows hold, as far as the two users' rows tell."""
        relation = self.plan.relations[name]
        mine = {str(value) for row in self.of("A", name) for value in row.values()} | set(self.ids.values())
        for row in self.theirs(name):
            for column in relation.columns:
                value = row.get(column.name)
                telling = column.type == "uuid" or (column.category == "S" and len(str(value)) >= SHORTEST)
                if isinstance(value, str) and telling and value not in mine:
                    yield column.name, value

    def _asked(self, who: Who, name: str) -> tuple[Row, ...]:
        relation, owner = self.plan.relations.get(name), self.plan.owned.get(name)
        if relation is None or owner is None or not relation.exposed:
            return ()
        if not allowed(self.config, name):
            self.words[who, name] = f"{name} is not among the live_tables"
            return ()
        if owner.names_user:
            wanted = [self.ids[who]]
        else:
            source, column = _source(relation, owner.column, owner.parent, owner.members, self.plan)
            wanted = [str(row[column]) for row in self.of(who, source) if row.get(column) is not None] if source else []
            if (who, source) in self.words:
                self.words[who, name] = self.words[who, source]
        if not wanted:
            return ()
        columns = readable(relation)
        if not PLAIN.fullmatch(owner.column):
            self.words[who, name] = "its owner's column has a name that we do not ask for"
            return ()
        said = self.asker.rows(who, (relation.schema, relation.name), columns, [(owner.column, "in", wanted)], MOST)
        if said.answer in {"nothing", "recursion"}:
            self.words[who, name] = said.words
        # A server that ignores the filter does not make somebody else's rows the user's own.
        return tuple(row for row in said.rows if str(row.get(owner.column)) in wanted)


def _source(relation: Relation, column: str, parent: str | None, members: str | None, plan: Plan) -> tuple[str, str]:
    """The table in which the owner's keys are found, and the column there; empty where there is none."""
    if members:
        table = plan.relations.get(members)
        key = next((key for key in table.keys if key.target == relation.full_name), None) if table else None
        return (members, key.columns[-1]) if key else ("", "")
    found = next((key for key in relation.keys if key.target == parent and key.columns[-1] == column), None)
    return (found.target, found.target_columns[-1]) if found else ("", "")


def readable(relation: Relation) -> list[str]:
    """The columns that a signed-in user may read, by the migrations; all where they say none, and the project shall say no."""
    granted = [column for column in relation.columns if "authenticated" in column.selects]
    return [column.name for column in _plain(granted or relation.columns)]


def published(relation: Relation, row: Row) -> bool:
    """Whether a column of the row says that others may see it."""
    for column in relation.columns:
        shut = _says_who_sees(relation, column)
        if shut is not None and column.name in row and _text(row[column.name]) != shut:
            return True
    return False


def _says_who_sees(relation: Relation, column: Column) -> str | None:
    """The value that keeps a row to its owner, of a column that says who may see it."""
    return hidden(column, constraint_words(relation, column.name))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(columns: Sequence[Column]) -> list[Column]:
    """Those whose names need no quotes in a query."""
    return [column for column in columns if PLAIN.fullmatch(column.name)]


def keys_of(relation: Relation) -> tuple[str, ...]:
    """The columns that tell rows apart, where they can be asked for."""
    names = set(readable(relation))
    return next((key for key in (relation.primary_key, *relation.uniques) if key and names.issuperset(key)), ())


def key_of(relation: Relation, row: Row) -> tuple[str, ...]:
    """A row's key as text; the whole row where it has none."""
    return tuple(str(row.get(name)) for name in keys_of(relation) or sorted(row))


def named(relation: Relation, rows: Sequence[Row]) -> list[Filter]:
    """The filters that name these rows, or the first where that takes several columns; none where nothing tells them apart."""
    columns = keys_of(relation)
    if not rows or not columns or any(rows[0].get(name) is None for name in columns):
        return []
    if len(columns) == 1:
        return [(columns[0], "in", [str(row[columns[0]]) for row in rows if row.get(columns[0]) is not None])]
    return [(name, "eq", rows[0][name]) for name in columns]
