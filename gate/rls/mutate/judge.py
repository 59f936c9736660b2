"""Weakens one guard, attacks what it can influence, and says what came of it."""

from contextlib import closing

import psycopg

from gate.rls.mutate.explain import concerned, explained
from gate.rls.mutate.guards import POLICIES, RIGHTS, Guard, plantable
from gate.rls.mutate.mutant import Row
from gate.rls.mutate.sentence import sentence
from gate.rls.mutate.workbench import Workbench
from gate.rls.mutate.world import World


def judged(bench: Workbench, guard: Guard) -> Row:
    """The row of one guard."""
    if why := _dead(bench, guard):
        return Row.of(guard, "dead", why)
    if guard.kind == "search_path" and not plantable(bench.world.db, guard):
        why = "the API lets nobody make an object that the function would find instead"
        return Row.of(guard, "not exercised", why)
    names = bench.reached(guard, rights_only=guard.kind in RIGHTS)
    known = bench.anyway(names)
    try:
        with closing(bench.felt([guard], names, concerned(guard))) as felt:
            opened = next((key for key in felt if key not in known), None)
        if opened is not None:
            return Row.of(guard, "killed", sentence(opened))
        if why := _out_of_reach(bench.world, guard):
            return Row.of(guard, "not exercised", why)
        return explained(bench, guard)
    except psycopg.Error as fault:
        if bench.world.db.closed:
            raise
        words = " ".join(str(fault.diag.message_primary).split())
        return Row.of(guard, "not exercised", f"could not be weakened: {words}")


def _dead(bench: Workbench, guard: Guard) -> str | None:
    """Why it can refuse nothing, where the catalog alone tells."""
    if guard.idle:
        return guard.idle
    if guard.kind in POLICIES and not guard.mutation.startswith("to ") and not _granted(bench, guard):
        return f"no role that it names holds the privilege on {guard.table}"
    return None


def _granted(bench: Workbench, guard: Guard) -> bool:
    """Whether any role of the policy's holds a privilege that it is asked for."""
    if guard.table not in bench.world.relations:
        return True
    lacking = {(g.own, r) for g in bench.guards if g.table == guard.table and g.kind == "grant" for r in g.roles}
    wanted = [p for p in ("select", "insert", "update", "delete") if p in guard.deeds]
    return any((privilege, one) not in lacking for privilege in wanted for one in guard.roles)


def _out_of_reach(world: World, guard: Guard) -> str | None:
    """Why the attack cannot try what the guard guards."""
    name = guard.table
    if guard.kind == "schema":
        return "none of its tables opens by that alone"
    if name in world.functions and (why := world.functions[name].uncallable):
        return f"the function {why}"
    if name in world.seeds.failed:
        return f"no row could be planted: {world.seeds.failed[name]}"
    if not world.seeded(name):
        return "there is nothing in it to attack"
    if not world.within_reach(name):
        return "its schema is not exposed, and what is exposed lets nobody further once it is weakened"
    return None
