"""Applies migrations as the platform's `postgres`, and lists the statements that failed.

A file goes to the server in one piece, which is how the platform's own tool sends it. Where the server refuses that, it goes
statement by statement, so that what fails takes nothing else with it.
"""

import itertools
import re
import select
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn

from gate.errors import Incomplete
from gate.migration import Statement
from gate.postgres.server import Connection, Server

# Words that end the transaction in which a piece would run, so that half of it would stay when the rest fails.
ENDS_TRANSACTION = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*(begin|start|commit|end|rollback|abort|savepoint|release|prepare)\b",
    re.IGNORECASE,
)
# What only a new login notices.
FOR_LATER_LOGINS = re.compile(r"alter\s+(role|user|database|system)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement the server refused, with its SQLSTATE ('' where there was none) and its words."""

    statement: Statement
    sqlstate: str
    message: str


@dataclass(frozen=True, slots=True)
class Applied:
    """How many statements ran, and those that did not."""

    count: int
    failures: tuple[Failure, ...]


def apply(
    server: Server,
    statements: Iterable[Statement],
    dbname: str = "postgres",
    before_each: Callable[[Statement], None] = lambda _statement: None,
) -> Applied:
    """Run them all; a statement that fails does not stop the rest, so an incomplete history degrades.

    `before_each` may show progress or raise to stop. A new file begins on a connection like new, as with the platform's
    tool, so that a `set search_path` ends with its file. Raises Incomplete when the server dies or can no longer be logged
    in to.
    """
    count = 0
    failures: list[Failure] = []
    connection = None
    try:
        for _, group in itertools.groupby(statements, key=lambda statement: statement.place.path):
            file = tuple(group)
            connection = _like_new(connection) or server.connect(dbname=dbname)
            if _whole(server, connection, file, before_each):
                count += len(file)
            else:
                for statement in file:
                    if connection.closed:
                        connection = server.connect(dbname=dbname)
                    before_each(statement)
                    failure = _run(connection, statement)
                    _still_there(server, statement)
                    if failure:
                        failures.append(failure)
                    else:
                        count += 1
            if any(FOR_LATER_LOGINS.search(statement.text) for statement in file):
                connection.close()
    finally:
        if connection is not None:
            connection.close()
    return Applied(count, tuple(failures))


def _like_new(connection: Connection | None) -> Connection | None:
    """The connection without anything that a file may have left in it; None where there is none to be had."""
    if connection is None or connection.closed:
        return None
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        connection.close()
        return None
    connection.execute("discard all")
    return connection


def _still_there(server: Server, statement: Statement) -> None:
    if not server.alive():
        raise Incomplete(f"the embedded PostgreSQL {server.fate} at {statement.place}")


def _whole(
    server: Server, connection: Connection, file: Sequence[Statement], before_each: Callable[[Statement], None]
) -> bool:
    """Run a file in one piece. False where the server would not have it, and then nothing of it was done."""
    if len(file) == 1 or any(one.problem or ENDS_TRANSACTION.match(one.text) for one in file):
        return False
    text = "\n;\n".join(statement.text for statement in file)
    done = 0
    try:
        before_each(file[0])
        for _ in _results(connection.pgconn, text.encode()):
            done += 1
            if done < len(file):
                before_each(file[done])
            _still_there(server, file[min(done, len(file) - 1)])
    except psycopg.Error:
        _still_there(server, file[min(done, len(file) - 1)])
        _recover(connection, in_transaction=False)
        return False
    return True


def _results(pgconn: PGconn, text: bytes) -> Iterator[None]:
    """Send several statements in one text; yields as each one is done, which psycopg tells only at the end."""
    refused = False
    pgconn.send_query(text)
    while pgconn.flush():
        select.select([pgconn.socket], [pgconn.socket], [])
        pgconn.consume_input()
    while True:
        while pgconn.is_busy():
            select.select([pgconn.socket], [], [])
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None or result.status == ExecStatus.COPY_IN:  # which waits for data until the connection is closed
            break
        refused = refused or result.status == ExecStatus.FATAL_ERROR
        if not refused:
            yield
    if result or refused:
        raise psycopg.DatabaseError


def _run(connection: Connection, statement: Statement) -> Failure | None:
    if statement.problem is not None:
        return Failure(statement, "42601", statement.problem)
    # Inside a BEGIN of the file one failure would take back everything before it.
    in_transaction = connection.info.transaction_status is TransactionStatus.INTRANS
    try:
        if in_transaction:
            connection.execute("savepoint gate_statement")
        connection.execute(statement.text.encode())
    except psycopg.Error as fault:
        _recover(connection, in_transaction=in_transaction)
        words = fault.diag.message_primary or " ".join(str(fault).split())
        return Failure(statement, fault.sqlstate or "", words)
    return None


def _recover(connection: Connection, *, in_transaction: bool) -> None:
    match connection.info.transaction_status:
        case TransactionStatus.ACTIVE | TransactionStatus.UNKNOWN:
            connection.close()  # COPY FROM STDIN leaves the connection waiting for data; nothing but a new one helps
        case TransactionStatus.INERROR:
            connection.execute("rollback to savepoint gate_statement" if in_transaction else "rollback")
