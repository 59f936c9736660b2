"""Reads the server's answer to an attempt: what proves a leak, what a refusal, and what nothing at all."""

import re
from dataclasses import dataclass

import psycopg

from gate.postgres import Connection
from gate.rls.attempt import Answer, Verb

FUNCTION = re.compile(r"(?m)^(PL/\w+|SQL) function")


@dataclass(frozen=True, slots=True)
class Said:
    """The answer, the number of rows that came back or changed, and the server's words.

    `forced` is an answer read from a constraint's complaint, where nothing was stored.
    """

    answer: Answer
    rows: int
    words: str
    forced: bool = False


def ask(db: Connection, script: str, verb: Verb, *, result: int) -> Said:
    """Run a script that opens a transaction and rolls it back; `result` says which of its results counts, from the end."""
    try:
        rows = run(db, script)[result][0]
    except psycopg.Error as fault:
        if db.closed:
            raise
        db.execute("rollback")
        return read_fault(fault, verb)
    return Said("let through" if rows > 0 else "refused", rows, f"{rows} row{'' if rows == 1 else 's'}")


def run(db: Connection, script: str) -> list[tuple[int, bool]]:
    """Run a script as one text. Per statement the number of rows, and whether the first value that came back is true."""
    cursor = db.execute(script.encode())
    results = []
    more: bool | None = True
    while more:
        first = cursor.fetchone() if cursor.description else None
        results.append((cursor.rowcount, bool(first and first[0] is True)))
        more = cursor.nextset()
    return results


def read_fault(fault: psycopg.Error, verb: Verb) -> Said:
    """What an error proves.

    A constraint speaks after row security: the row had been let through. But only a table's own constraint proves it, not
    one met inside a function, nor a domain's or a partition's bounds, which are asked before. What a trigger or function
    raises proves nothing, whatever code it picks; only that nothing was read is certain after any refusal to read.
    """
    words = f"{fault.sqlstate}: {fault.diag.message_primary}"
    in_function = bool(FUNCTION.search(fault.diag.context or ""))
    match fault:
        case psycopg.errors.InvalidObjectDefinition() if "recursion" in words:
            return Said("recursion", 0, words)
        case psycopg.errors.StatementTooComplex() if verb == "select":  # the same, by way of a function
            return Said("recursion", 0, words)
        case psycopg.errors.IntegrityError() if not in_function and _own_constraint(fault):
            return Said("let through", 0, f"{words}; row security had let the row pass", forced=True)
        case psycopg.errors.InsufficientPrivilege() if verb == "select" or not in_function:
            return Said("refused", 0, words)
    return Said("nothing", 0, words)


def _own_constraint(fault: psycopg.Error) -> bool:
    if fault.diag.datatype_name:
        return False
    if isinstance(fault, psycopg.errors.NotNullViolation):
        return fault.diag.column_name is not None
    return fault.diag.constraint_name is not None
