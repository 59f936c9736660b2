"""Weakens one guard, attacks what it can influence, and says what came of it; where nothing opened, why."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

import psycopg

from gate.rls.actors import role
from gate.rls.functions import Function
from gate.rls.mutate.guards import Guard, plantable
from gate.rls.mutate.mutant import REFUSES_NOTHING, Row
from gate.rls.mutate.reach import Reach
from gate.rls.mutate.world import Key, World, allowing
from gate.rls.schema import Relation

POLICIES = {"policy", "restrictive policy"}
GRANTS = {"grant", "column grant"}
RIGHTS = {*POLICIES, *GRANTS, "row security", "security_invoker"}
ACTORS = {"anon": "anyone, without signing in,", "A": "another user"}
DEED = {
    "select": "reads another's row in {0}",
    "insert": "adds a row in another's name to {0}",
    "update": "changes another's row in {0}",
    "delete": "deletes another's row in {0}",
    "give away": "gives a row away in {0}",
    "raise": "raises {1} in {0}",
    "start with": "begins with {1} in {0}",
    "take": "takes over another's row in {0}",
    "upsert": "overwrites another's row in {0} by upsert",
    "attach": "adds a row below another's in {0}",
    "move under": "moves a row below another's in {0}",
    "write own": "writes what was refused in the own row of {0} ({1})",
    "call to read": "reads {1} by {0}",
    "call to change": "changes {1} by {0}",
    "call to raise": "gains in {1} by {0}",
    "join": "joins another's tenant by {0}",
    "promote": "promotes itself in {0}",
    "come back": "is let back in by {0}",
    "read": "reads another's file in {1}",
    "upload": "uploads into another's folder in {1}",
    "overwrite": "overwrites another's file in {1}",
    "upload over": "uploads over another's file in {1}",
    "move": "moves another's file in {1}",
    "move in": "moves a file into another's folder in {1}",
    "remove": "removes another's file in {1}",
}


@dataclass(slots=True)
class Judge:
    """One worker: a world of its own, and what all workers share.

    That are the guards, the policies that could be dropped (`openers`), what each can influence, and what is open anyway.
    """

    world: World
    guards: Sequence[Guard]
    openers: Sequence[Guard]
    reach: Reach
    anyway: dict[str, frozenset[Key]] = field(default_factory=dict)

    def judge(self, guard: Guard) -> Row:
        """The row of one guard."""
        if guard.idle:
            return Row.of(guard, "dead", guard.idle)
        if guard.kind in POLICIES and not guard.mutation.startswith("to ") and not self._granted(guard):
            return Row.of(guard, "dead", f"no role that it names holds the privilege on {guard.table}")
        if guard.kind == "search_path" and not plantable(self.world.db, guard):
            why = "the API lets nobody make an object that the function would find instead"
            return Row.of(guard, "not exercised", why)
        names = self.reach.of(guard.table, rights_only=guard.kind in RIGHTS)
        known = self._anyway(names)
        try:
            with closing(self._felt([guard], names)) as felt:
                opened = next((key for key in felt if key not in known), None)
        except psycopg.Error as fault:
            if self.world.db.closed:
                raise
            words = " ".join(str(fault.diag.message_primary).split())
            return Row.of(guard, "not exercised", f"could not be weakened: {words}")
        if opened is not None:
            return Row.of(guard, "killed", sentence(opened))
        if out := self._out_of_reach(guard) or self._behind(guard):
            return Row.of(guard, "not exercised", out)
        return self._explained(guard)

    def _anyway(self, names: Iterable[str]) -> set[Key]:
        """What is open there with every guard in place."""
        found: set[Key] = set()
        for name in names:
            if name not in self.anyway:
                self.anyway[name] = frozenset(self._felt([], [name]))
            found |= self.anyway[name]
        return found

    def _felt(self, weakened: Sequence[Guard], names: Iterable[str]) -> Generator[Key]:
        """What is let through at these places while the guards are weakened. Everything is undone at the end."""
        db = self.world.db
        db.execute("begin")
        try:
            # One without a WITH CHECK of its own is given the old one together with its USING (true).
            for guard in sorted(weakened, key=lambda guard: guard.mutation != "using (true)"):
                for statement in guard.statements:
                    db.execute(statement.encode())
            for name in names:
                yield from self.world.open(name, self._relation(name, weakened), self._function(name, weakened))
        finally:
            if not db.closed:
                db.execute("rollback")

    def _relation(self, name: str, weakened: Sequence[Guard]) -> Relation | None:
        relation = self.world.relations.get(name)
        for guard in weakened:
            if relation is not None and guard.table == name and guard.kind in GRANTS:
                relation = allowing(relation, guard.roles, frozenset({guard.own}))
        return relation

    def _function(self, name: str, weakened: Sequence[Guard]) -> Function | None:
        function = self.world.functions.get(name)
        for guard in weakened:
            if function is not None and guard.table == name and guard.kind == "execute":
                function = replace(function, callers=function.callers | guard.roles)
        return function

    def _out_of_reach(self, guard: Guard) -> str | None:
        """Why the attack cannot try what the guard guards."""
        world, name = self.world, guard.table
        if name in world.functions and (why := world.functions[name].uncallable):
            return f"the function {why}"
        if world.seeded(name):
            return None
        if name in world.seeds.failed:
            return f"no row could be planted: {world.seeds.failed[name]}"
        return "there is nothing in it to attack"

    def _behind(self, guard: Guard) -> str | None:
        """Why nothing more can be tried on a table that the API does not serve."""
        if self.world.within_reach(guard.table):
            return None
        return "its schema is not exposed, and what is exposed lets nobody further once it is weakened"

    def _explained(self, guard: Guard) -> Row:
        """Why nothing opened: weaken everything else as well, and see whether this guard alone still holds."""
        rivals = self._rivals(guard)
        here = [guard.table]
        rest = set(self._felt(rivals, here))
        gained = set(self._felt([*rivals, guard], here)) - rest
        if gained:
            doubles = self._doubles(guard, rivals, gained)
            held = ", ".join(
                dict.fromkeys(_named(g) + (f" of {g.table}" if g.table != guard.table else "") for g in doubles)
            )
            return Row.of(guard, "survived", f"held as well by {held}")
        passing = [key for key in rest if key[1] in guard.deeds and role(key[2]) in guard.roles]
        match guard.kind:
            case "policy" if passing:
                return Row.of(guard, "dead", self._same(guard) or REFUSES_NOTHING)
            case "restrictive policy" | "row security" | "security_invoker" if passing:
                return Row.of(guard, "dead", REFUSES_NOTHING)
            case "security_invoker" if self.world.shows_own(guard.table):
                return Row.of(guard, "survived", "the view's own conditions keep others' rows out")
            case "invoker" | "execute":
                return self._called(guard)
            case "trigger":
                return Row.of(guard, "not exercised", "nothing that the attack tries is what it refuses")
        return Row.of(guard, "not exercised", "nothing that the attack tries gets as far as this guard")

    def _rivals(self, guard: Guard) -> list[Guard]:
        """The other guards of the same place, those first that most often hold the same.

        Left out are those that the guard depends on, and those that would hide it: permissive policies add up, and a
        policy is only asked where row security is on.
        """
        found = [g for g in self.guards if g.table == guard.table and g != guard and not g.idle and _apart(guard, g)]
        if guard.kind == "security_invoker":  # a view below looks with the caller's eyes, whoever asks it
            below = [g for g in self.guards if g.kind == guard.kind and g != guard]
            found += [g for g in below if guard.table in self.reach.of(g.table)]
        return sorted(found, key=lambda g: (g.kind != "row security", g.kind in GRANTS))

    def _doubles(self, guard: Guard, rivals: Sequence[Guard], gained: set[Key]) -> list[Guard]:
        """The fewest others that hold the same: once they too are weakened, what all of them together open is open."""
        needed = list(rivals)
        for rival in reversed(rivals):
            fewer = [other for other in needed if other != rival]
            with closing(self._felt([*fewer, guard], [guard.table])) as felt:
                if any(key in gained for key in felt):
                    needed = fewer
        return needed

    def _granted(self, guard: Guard) -> bool:
        """Whether any role of the policy's holds a privilege that it is asked for."""
        if guard.table not in self.world.relations:
            return True
        lacking = {(g.own, r) for g in self.guards if g.table == guard.table and g.kind == "grant" for r in g.roles}
        wanted = [p for p in ("select", "insert", "update", "delete") if p in guard.deeds]
        return any((privilege, one) not in lacking for privilege in wanted for one in guard.roles)

    def _same(self, guard: Guard) -> str | None:
        """The other policy that lets the same through: once it is gone, this one is missed."""
        known = self._anyway([guard.table])
        for other in self.openers:
            if other.table != guard.table or other.own == guard.own:
                continue
            left = set(self._felt([other], [guard.table]))
            if known - left and set(self._felt([other, guard], [guard.table])) - left:
                return f"{other.name} lets the same through"
        return None

    def _called(self, guard: Guard) -> Row:
        """A function whose calls came to nothing: perhaps with B's rows in another state, or with a path, they do."""
        function = self._function(guard.table, [guard])
        tables = [name for name in self.world.relations if guard.table in self.reach.of(name)]
        for said, statement in (("", "select 1"), *self.world.states(tables)):
            try:
                with self._changed([statement]):
                    before = set(self.world.open(guard.table, paths=True))
                with self._changed([statement, *guard.statements]):
                    felt = self.world.open(guard.table, function=function, paths=True)
                    opened = next((key for key in felt if key not in before), None)
            except psycopg.Error:  # a state that the row cannot be in
                if self.world.db.closed:
                    raise
                continue
            if opened is not None:
                return Row.of(guard, "killed", sentence(opened) + (f", once {said}" if said else ""))
        return Row.of(guard, "not exercised", "no call of ours read or changed another's row, even without it")

    @contextmanager
    def _changed(self, statements: Sequence[str]) -> Iterator[None]:
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


def _apart(guard: Guard, rival: Guard) -> bool:
    """Whether the guard can be seen to hold while the rival is weakened."""
    if guard.kind in POLICIES:
        adds_up = guard.kind == "policy" == rival.kind and guard.own != rival.own and bool(guard.deeds & rival.deeds)
        return rival.kind != "row security" and not adds_up
    return rival.kind not in POLICIES


def _named(guard: Guard) -> str:
    """The guard and which part of it, in words."""
    part = {"using": "USING of ", "with": "WITH CHECK of ", "to": "the roles of "} if guard.kind == "policy" else {}
    return part.get(guard.mutation.partition(" ")[0], "") + guard.name


def sentence(key: Key) -> str:
    """What opened, in words."""
    where, what, who, detail = key
    told = DEED.get(what, f"{what} at {{0}}").format(where, detail or "another's row")
    return f"{ACTORS.get(who, who)} {told}"
