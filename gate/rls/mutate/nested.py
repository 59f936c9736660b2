"""One trial inside a transaction that stays open: tried, proven and undone, with the mutant and the planted rows untouched."""

from collections.abc import Sequence

import psycopg

from gate.postgres import Connection
from gate.rls.actors import opening
from gate.rls.attack import PATIENCE
from gate.rls.attempt import Answer
from gate.rls.seeding import ASLEEP, AWAKE
from gate.rls.server_says import read_fault, run
from gate.rls.trials import Trial

BEGIN = "savepoint gate_trial;"
UNDO = "rollback to savepoint gate_trial; release savepoint gate_trial;"


def let_through(
    db: Connection, trial: Trial, schema: str, prepared: Sequence[str] = (), *, mends: bool = False
) -> bool:
    """Whether the trial gets through and has its effect. See `answer`."""
    return answer(db, trial, schema, prepared, mends=mends) == "let through"


def answer(db: Connection, trial: Trial, schema: str, prepared: Sequence[str] = (), *, mends: bool = False) -> Answer:
    """What comes of a trial. `prepared` are statements made before with triggers asleep.

    `mends` says that a trigger may change the row first, so that a constraint's complaint proves nothing.
    """
    witness = ("reset role;",) if trial.witness == "postgres" else opening(trial.witness, schema)
    proof = [*witness, f"{trial.proof};"] if trial.proof else []
    before = [ASLEEP, *prepared, AWAKE] if prepared else []
    lines = [BEGIN, PATIENCE, *before, *opening(trial.actor, schema), f"{trial.statement};", *proof, UNDO]
    try:
        results = run(db, "\n".join(lines))
    except psycopg.Error as fault:
        if db.closed:
            raise
        db.execute(UNDO.encode())
        said = read_fault(fault, trial.verb)
        return "nothing" if said.forced and trial.proof and mends else said.answer
    undone = 2
    rows = results[-undone - len(proof) - 1][0]
    return "let through" if rows > 0 and (not trial.proof or results[-undone - 1][1]) else "refused"
