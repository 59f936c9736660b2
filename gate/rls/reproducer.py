"""A leak as SQL that anybody can run: it plants the rows, attacks, proves the effect, and rolls everything back.

It is for the login `postgres`, which may plant, take the API's roles and look at the outcome; the attack itself was first
made on the login `authenticator`, as the platform does. A leak is reported only if both agree.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from gate.config import Regime
from gate.postgres import Connection
from gate.rls.actors import opening
from gate.rls.attempt import Actor
from gate.rls.ownership import USERS
from gate.rls.rows import Seeds
from gate.rls.schema import Relation, Target
from gate.rls.seeding import ASLEEP, AWAKE
from gate.rls.server_says import Said, read_fault, run
from gate.rls.trials import Trial
from gate.rls.values import A, B, C

ATTACK = "-- the attack"
EFFECT = "-- what came of it"
OUTCOME = ";  -- "  # ends a statement, and begins what it gave
ROWS = re.compile(r"\d+ rows?")
GRANTS = {"auto": "automatic grants on new tables", "explicit": "no automatic grants on new tables"}


@dataclass(frozen=True, slots=True)
class Reproducer:
    """The text in two halves: rows planted, then the attack. `dropped` are statements that take guards away before it."""

    trial: Trial
    lines: tuple[str, ...]
    title: str
    schema: str
    metadata: str = "{}"
    claims: tuple[tuple[str, ...], ...] = ()
    dropped: tuple[str, ...] = ()

    def opening(self, actor: Actor) -> tuple[str, ...]:
        """How the actor's request begins."""
        return opening(actor, self.schema, self.metadata, self.claims)

    def planting(self) -> str:
        """The first half; it leaves its transaction open."""
        return "\n".join([self.title, "begin;", ASLEEP, *self.lines, AWAKE])

    def attack(self, end: str = "rollback;") -> str:
        """The second half; it ends the transaction."""
        trial = self.trial
        witness = ("reset role;",) if trial.witness == "postgres" else self.opening(trial.witness)
        proof = [EFFECT, *witness, f"{trial.proof};"] if trial.proof else []
        who = "nobody signed in" if trial.actor == "anon" else f"{trial.actor} signed in"
        before = [*self.dropped, *self.opening(trial.actor)]
        return "\n".join([f"{ATTACK}: {who}", *before, f"{trial.statement};", *proof, end])

    def text(self, outcome: str) -> str:
        """The whole, with what came back."""
        attack = self.attack().replace(f"{self.trial.statement};", f"{self.trial.statement}{OUTCOME}{outcome}")
        if self.trial.proof and ROWS.fullmatch(outcome):
            attack = attack.replace(f"{self.trial.proof};", f"{self.trial.proof}{OUTCOME}true")
        return f"{self.planting()}\n{attack}\n"


def reproduce(db: Connection, reproducer: Reproducer) -> Said:
    """Run it as written, on a database that holds the migrations and nothing else, and say what came of it."""
    refused = _planted(db, reproducer)
    return refused or _attacked(db, reproducer, "rollback;")


def reproduce_all(db: Connection, reproducers: Sequence[Reproducer]) -> list[Said]:
    """The same of several. Those that need the same rows find them planted once, each as the one before found them."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, one in enumerate(reproducers):
        alike.setdefault(one.lines, []).append(place)
    said: dict[int, Said] = {}
    for places in alike.values():
        if refused := _planted(db, reproducers[places[0]]):
            said |= dict.fromkeys(places, refused)
            continue
        db.execute("savepoint planted")
        said |= {place: _attacked(db, reproducers[place], "rollback to savepoint planted;") for place in places}
        db.execute("rollback")
    return [said[place] for place in range(len(reproducers))]


def _planted(db: Connection, reproducer: Reproducer) -> Said | None:
    """Plant its rows in a transaction that stays open; what the server says where it will not have them."""
    try:
        run(db, reproducer.planting())
    except psycopg.Error as fault:
        if db.closed:
            raise
        db.execute("rollback")
        return Said(
            "nothing", 0, f"the rows could not be planted anew ({fault.sqlstate}: {fault.diag.message_primary})"
        )
    return None


def _attacked(db: Connection, reproducer: Reproducer, end: str) -> Said:
    """What came of the attack among the planted rows; `end` takes it back."""
    trial = reproducer.trial
    try:
        results = run(db, reproducer.attack(end))
    except psycopg.Error as fault:
        if db.closed:
            raise
        db.execute(end.encode())
        return read_fault(fault, trial.verb)
    rows = results[len(reproducer.dropped) + len(reproducer.opening(trial.actor))][0]
    words = f"{rows} row{'' if rows == 1 else 's'}"
    if rows < 1 or trial.verb == "probe":
        return Said("refused", rows, words)
    if trial.proof and not results[-2][1]:
        return Said("refused", rows, f"{words}, but to no effect")
    return Said("let through", rows, words)


def write(
    trial: Trial, relation: Target, seeds: Seeds, needed: Iterable[tuple[str, str]], regime: Regime, *extra: str
) -> Reproducer:
    """The reproducer of a trial that needs these planted rows."""
    wanted = set(needed) | {(USERS, A), (USERS, B)}
    if any(C in line for row in wanted for line in seeds.lines.get(row, ())):
        wanted.add((USERS, C))
    if trial.without:
        wanted.discard(trial.without)
    lines = [line for row, written in seeds.lines.items() if row in wanted for line in written]
    lines += [seeds.forged] if seeds.forged else []
    detail = f" {trial.detail}" if trial.detail else ""
    what = f"{relation.full_name}: {trial.verb}{detail} by {trial.actor}".replace("\n", " ")
    return Reproducer(
        trial,
        (*lines, *trial.planted, *extra),
        f"-- {what}; {GRANTS[regime]}; run as postgres, nothing is kept",
        relation.schema,
        seeds.metadata,
        seeds.claims,
    )


def ancestors(relations: Mapping[str, Relation], starts: Sequence[str]) -> tuple[str, ...]:
    """These tables and all that their keys lead to."""
    seen: dict[str, None] = {}
    left = list(starts)
    while left:
        name = left.pop()
        if name in seen or name not in relations:
            continue
        seen[name] = None
        left += [key.target for key in relations[name].keys]
    return tuple(seen)
