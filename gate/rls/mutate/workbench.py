"""A worker's place: a world of its own, and in it the guards weakened for a moment, to see what then is let through."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from gate.rls.functions import Function
from gate.rls.mutate.guards import GRANTS, Guard
from gate.rls.mutate.reach import Reach
from gate.rls.mutate.world import Asked, Key, World, allowing, everything
from gate.rls.schema import Relation


@dataclass(slots=True)
class Workbench:
    """What one worker has to itself, and what all workers share.

    That are the guards, the policies that could be dropped (`openers`), what each can influence, and what is open anyway.
    """

    world: World
    guards: Sequence[Guard]
    openers: Sequence[Guard]
    reach: Reach
    open_anyway: dict[str, frozenset[Key]] = field(default_factory=dict)

    def anyway(self, names: Iterable[str]) -> set[Key]:
        """What is open there with every guard in place."""
        found: set[Key] = set()
        for name in names:
            if name not in self.open_anyway:
                self.open_anyway[name] = frozenset(self.felt([], [name]))
            found |= self.open_anyway[name]
        return found

    def reached(self, guard: Guard, *, rights_only: bool) -> tuple[str, ...]:
        """Where weakening it can be felt: all tables and views of a schema, or what lies about one table or function."""
        if guard.kind == "schema":
            return tuple(name for name, relation in self.world.relations.items() if relation.schema == guard.table)
        return self.reach.of(guard.table, rights_only=rights_only)

    def felt(self, weakened: Sequence[Guard], names: Iterable[str], asked: Asked = everything) -> Generator[Key]:
        """What is let through at these places while the guards are weakened. Everything is undone at the end."""
        db = self.world.db
        db.execute("begin")
        try:
            # One without a WITH CHECK of its own is given the old one together with its USING (true).
            for guard in sorted(weakened, key=lambda guard: guard.mutation != "using (true)"):
                for statement in guard.statements:
                    db.execute(statement.encode())
            for name in names:
                relation, function = self._relation(name, weakened), self.function(name, weakened)
                yield from self.world.open(name, relation, function, asked=asked)
        finally:
            if not db.closed:
                db.execute("rollback")

    def _relation(self, name: str, weakened: Sequence[Guard]) -> Relation | None:
        relation = self.world.relations.get(name)
        for guard in weakened:
            if relation is not None and guard.table == name and guard.kind in GRANTS:
                relation = allowing(relation, guard.roles, frozenset({guard.own}))
        return relation

    def function(self, name: str, weakened: Sequence[Guard]) -> Function | None:
        """A function as the weakened guards leave it."""
        function = self.world.functions.get(name)
        for guard in weakened:
            if function is not None and guard.table == name and guard.kind == "execute":
                function = replace(function, callers=function.callers | guard.roles)
        return function

    @contextmanager
    def changed(self, statements: Sequence[str]) -> Iterator[None]:
        """The world with these statements made, for a while."""
        db, remembered = self.world.db, self.world.caller.before
        db.execute("begin")
        remembered.clear()
        try:
            for statement in statements:
                db.execute(statement.encode())
            yield
        finally:
            remembered.clear()
            if not db.closed:
                db.execute("rollback")
