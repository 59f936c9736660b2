"""Applies migrations statement by statement, as the platform's `postgres`, and lists what failed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg
from psycopg.pq import TransactionStatus

from gate.errors import Incomplete
from gate.migration import Statement
from gate.postgres.server import Connection, Server


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
    """Run each statement on its own; one that fails does not stop the rest, so an incomplete history degrades.

    `before_each` may show progress or raise to stop. A new file begins on a new connection, as with the platform's tool,
    so that a `set search_path` ends with its file. Raises Incomplete when the server dies or can no longer be logged in to.
    """
    count = 0
    failures: list[Failure] = []
    connection = None
    path = ""
    try:
        for statement in statements:
            if connection is None or statement.place.path != path or connection.closed:
                if connection is not None:
                    connection.close()
                connection, path = server.connect(dbname=dbname), statement.place.path
            before_each(statement)
            failure = _run(connection, statement)
            if not server.alive():
                raise Incomplete(f"the embedded PostgreSQL {server.fate} at {statement.place}")
            if failure:
                failures.append(failure)
            else:
                count += 1
    finally:
        if connection is not None:
            connection.close()
    return Applied(count, tuple(failures))


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
