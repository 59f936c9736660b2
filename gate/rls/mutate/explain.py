"""Why a weakened guard is not missed: another holds the same, it refuses nothing, or the attack does not come so far."""

from collections.abc import Sequence
from contextlib import closing

import psycopg

from gate.rls.actors import role
from gate.rls.mutate.guards import GRANTS, POLICIES, Guard
from gate.rls.mutate.mutant import REFUSES_NOTHING, Row
from gate.rls.mutate.sentence import sentence
from gate.rls.mutate.states import states
from gate.rls.mutate.workbench import Workbench
from gate.rls.mutate.world import Asked, Key


def explained(bench: Workbench, guard: Guard) -> Row:
    """Why nothing opened: weaken everything else as well, and see whether this guard alone still holds."""
    rivals = _rivals(bench, guard)
    here = [guard.table]
    asked = concerned(guard)
    rest = set(bench.felt(rivals, here, asked))
    gained = set(bench.felt([*rivals, guard], here, asked)) - rest
    if gained:
        doubles = _doubles(bench, guard, rivals, gained)
        held = ", ".join(
            dict.fromkeys(_named(g) + (f" of {g.table}" if g.kind == "security_invoker" else "") for g in doubles)
        )
        return Row.of(guard, "survived", f"held as well by {held}")
    passing = [key for key in rest if key[1] in guard.deeds and role(key[2]) in guard.roles]
    match guard.kind:
        case "policy" if passing:
            return Row.of(guard, "dead", _same(bench, guard) or REFUSES_NOTHING)
        case "restrictive policy" | "row security" | "security_invoker" if passing:
            return Row.of(guard, "dead", REFUSES_NOTHING)
        case "security_invoker" if bench.world.shows_own(guard.table):
            return Row.of(guard, "survived", "the view's own conditions keep others' rows out")
        case "invoker" | "execute":
            return _called(bench, guard)
        case "trigger":
            return Row.of(guard, "not exercised", "nothing that the attack tries is what it refuses")
        case _ if guard.table in bench.world.recursive:
            return Row.of(guard, "not exercised", "policies that are asked here call themselves, so that queries fail")
    return Row.of(guard, "not exercised", "nothing that the attack tries gets as far as this guard")


def concerned(guard: Guard) -> Asked:
    """What a weakening can let through: nothing to roles that the guard does not stand in the way of."""
    return lambda _deed, actor: role(actor) in guard.roles


def _rivals(bench: Workbench, guard: Guard) -> list[Guard]:
    """The other guards of the same place, those first that most often hold the same.

    Left out are those that the guard depends on, and those that would hide it: permissive policies add up, and a
    policy is only asked where row security is on.
    """
    found = [g for g in bench.guards if g.table == guard.table and g != guard and not g.idle and _apart(guard, g)]
    if guard.kind == "security_invoker":  # a view below looks with the caller's eyes, whoever asks it
        below = [g for g in bench.guards if g.kind == guard.kind and g != guard]
        found += [g for g in below if guard.table in bench.reach.of(g.table)]
    relation = bench.world.relations.get(guard.table)
    if relation is not None:
        found += [
            g for g in bench.guards if g.kind == "schema" and g.table == relation.schema and g.roles & guard.roles
        ]
    return sorted(found, key=lambda g: (g.kind != "row security", g.kind in GRANTS))


def _doubles(bench: Workbench, guard: Guard, rivals: Sequence[Guard], gained: set[Key]) -> list[Guard]:
    """The fewest others that hold the same: once they too are weakened, what all of them together open is open."""
    needed = list(rivals)
    wanted = {(deed, actor) for _, deed, actor, _ in gained}
    for rival in reversed(rivals):
        fewer = [other for other in needed if other != rival]
        with closing(bench.felt([*fewer, guard], [guard.table], lambda *one: one in wanted)) as felt:
            if any(key in gained for key in felt):
                needed = fewer
    return needed


def _same(bench: Workbench, guard: Guard) -> str | None:
    """The other policy that lets the same through: once it is gone, this one is missed."""
    known = bench.anyway([guard.table])
    for other in bench.openers:
        if other.table != guard.table or other.own == guard.own:
            continue
        left = set(bench.felt([other], [guard.table]))
        if known - left and set(bench.felt([other, guard], [guard.table])) - left:
            return f"{other.name} lets the same through"
    return None


def _called(bench: Workbench, guard: Guard) -> Row:
    """A function whose calls came to nothing: perhaps with B's rows in another state, or with a path, they do."""
    function = bench.function(guard.table, [guard])
    tables = [name for name in bench.world.relations if guard.table in bench.reach.of(name)]
    body = bench.world.bodies.get(guard.table, "")
    for said, statement in (("", "select 1"), *states(bench.world, tables, body)):
        try:
            with bench.changed([statement]):
                before = set(bench.world.open(guard.table, paths=True))
            with bench.changed([statement, *guard.statements]):
                felt = bench.world.open(guard.table, function=function, paths=True)
                opened = next((key for key in felt if key not in before), None)
        except psycopg.Error:  # a state that the row cannot be in
            if bench.world.db.closed:
                raise
            continue
        if opened is not None:
            return Row.of(guard, "killed", sentence(opened) + (f", once {said}" if said else ""))
    return Row.of(guard, "not exercised", "no call of ours read or changed another's row, even without it")


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
