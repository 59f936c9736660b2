"""Reads the server's answer to an attempt: what proves a leak, what a refusal, and what nothing at all."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from gate.postgres import Connection
from gate.rls.attempt import Answer, Verb
from gate.rls.statements import literal

FUNCTION = re.compile(r"(?m)^(PL/\w+|SQL) function")
OURS = re.compile(r"\n?PL/pgSQL function inline_code_block line \d+ at EXECUTE$")
UNDONE = "GT000"  # an SQLSTATE of our own, raised to take an attempt back
TOLD = {
    "told_state": "returned_sqlstate",
    "told_message": "message_text",
    "told_context": "pg_exception_context",
    "told_constraint": "constraint_name",
    "told_column": "column_name",
    "told_datatype": "pg_datatype_name",
}
DECLARE = f"declare said text[]; number int8; seen bool; {' '.join(f'{variable} text;' for variable in TOLD)}"
LOOKING = frozenset({"select", "read", "come back", "reach", "listen"})


@dataclass(frozen=True, slots=True)
class Said:
    """The answer, the number of rows that came back or changed, and the server's words.

    `forced` is an answer read from a constraint's complaint, where nothing was stored.
    """

    answer: Answer
    rows: int
    words: str
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of the server: its SQLSTATE, its words, where it happened, and what it is about."""

    sqlstate: str
    message: str
    context: str
    constraint: str
    column: str
    datatype: str

    @classmethod
    def of(cls, fault: psycopg.Error) -> "Fault":
        """The same of psycopg's error."""
        said = fault.diag
        return cls(
            fault.sqlstate or "",
            said.message_primary or "",
            said.context or "",
            said.constraint_name or "",
            said.column_name or "",
            said.datatype_name or "",
        )

    @property
    def words(self) -> str:
        """How it is quoted."""
        return f"{self.sqlstate}: {self.message}"


def ask(db: Connection, script: str, verb: Verb, *, result: int) -> Said:
    """Run a script that opens a transaction and rolls it back; `result` says which of its results counts, from the end."""
    try:
        rows = run(db, script)[result][0]
    except psycopg.Error as fault:
        if db.closed:
            raise
        db.execute("rollback")
        return read_fault(fault, verb)
    return counted(rows, verb)


def counted(rows: int, verb: Verb) -> Said:
    """What the number of rows says that came back or changed. Whoever probes for a value hopes for a refusal."""
    passed = rows > 0 and verb != "probe"
    return Said("let through" if passed else "refused", rows, f"{rows} row{'' if rows == 1 else 's'}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement to try among others. `seen` are more: the last of them says whether it was worth anything to do it."""

    statement: str
    verb: Verb
    seen: tuple[str, ...] = ()


def ask_all(db: Connection, opening: Sequence[str], asked: Sequence[Asked]) -> list[Said] | None:
    """Try several statements in one round trip, each taken back before the next; None where they ran out of time.

    They run in a block of the caller's, so each must be one that a function can run.
    """
    token = uuid.uuid4().hex
    parts = "".join(_part(one, token) for one in asked)
    block = f"{DECLARE} begin {parts} perform pg_catalog.set_config('gate.said', pg_catalog.array_to_json(said)::text, true); end"
    lines = [
        "begin;",
        *opening,
        f"do {literal(block)};",
        "select pg_catalog.current_setting('gate.said');",
        "rollback;",
    ]
    try:
        cursor = db.execute("\n".join(lines).encode())
        for _ in range(len(lines) - 2):
            cursor.nextset()
        (told,) = cursor.fetchone() or ("[]",)
    except psycopg.Error:
        if db.closed:
            raise
        db.execute("rollback")
        return None
    return [_read(answer, token, one.verb) for answer, one in zip(json.loads(told), asked, strict=True)]


def _part(asked: Asked, token: str) -> str:
    """One attempt within the block. What it did is undone by an error of ours, which carries the number of rows out."""
    told = ", ".join(f"{variable} = {name}" for variable, name in TOLD.items())
    *before, last = asked.seen or ("",)
    seen = "".join(f"execute {literal(line)}; " for line in before)
    if last:
        seen = f"if number > 0 then {seen} execute {literal(last)} into seen; if not seen then number := 0; end if; end if; "
    return (
        f"begin execute {literal(asked.statement)}; get diagnostics number = row_count; {seen}"
        f"raise exception using errcode = '{UNDONE}', message = pg_catalog.concat('{token} ', number); "
        f"exception when others then get stacked diagnostics {told}; "
        f"said := pg_catalog.array_append(said, pg_catalog.array_to_json(array[{', '.join(TOLD)}])::text); end; "
    )


def _read(answer: str, token: str, verb: Verb) -> Said:
    fault = Fault(*(word or "" for word in json.loads(answer)))
    mark, _, rows = fault.message.partition(" ")
    if fault.sqlstate == UNDONE and mark == token:
        return counted(int(rows), verb)
    context = OURS.sub("", fault.context)
    return read_fault(
        Fault(fault.sqlstate, fault.message, context, fault.constraint, fault.column, fault.datatype), verb
    )


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


def read_fault(raised: psycopg.Error | Fault, verb: Verb) -> Said:
    """What an error proves.

    A constraint speaks after row security: the row had been let through. But only a table's own constraint proves it, not
    one met inside a function, nor a domain's or a partition's bounds, which are asked before. What a trigger or function
    raises proves nothing, whatever code it picks; only that nothing was read is certain after any refusal to read.
    """
    fault = raised if isinstance(raised, Fault) else Fault.of(raised)
    in_function = bool(FUNCTION.search(fault.context))
    looking = verb in LOOKING
    match fault.sqlstate:
        case "42P17" if "recursion" in fault.message:
            return Said("recursion", 0, fault.words)
        case "54001" if looking:  # the same, by way of a function
            return Said("recursion", 0, fault.words)
        case state if verb == "probe" and state != "23505":
            return Said("refused", 0, fault.words)
        case state if state.startswith("23") and not in_function and _own_constraint(fault):
            return Said("let through", 0, f"{fault.words}; row security had let the row pass", forced=True)
        case "42501" if looking or not in_function:
            return Said("refused", 0, fault.words)
    return Said("nothing", 0, fault.words)


def _own_constraint(fault: Fault) -> bool:
    if fault.datatype:
        return False
    return bool(fault.column if fault.sqlstate == "23502" else fault.constraint)
