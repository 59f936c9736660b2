"""The way to the database: a few connections per login, and one transaction per request in the caller's name."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from gate.errors import Incomplete
from gate.postgres import Connection, Server
from gate.standin.http import Request
from gate.standin.supabase.keys import Caller

USERS, SERVICE = "authenticator", "gate_api"
SEATS = {USERS: 16, SERVICE: 8}  # together well below the server's 60 connections
PATIENCE = 10.0  # seconds a request waits for a connection
EXTRA_SEARCH_PATH = ("public", "extensions")  # what a hosted project adds to the schema of the request

SET = "select pg_catalog.set_config(name, value, true) from unnest(%s::text[], %s::text[]) as given (name, value)"
# PostgREST applies what was stored with ALTER ROLE for the role it becomes (a statement_timeout, say), because the login
# of the connection is another one and SET ROLE does not load it.
SET_OF_ROLE = """
select pg_catalog.set_config(stored.name, stored.value, true)
from pg_catalog.pg_roles as r, unnest(r.rolconfig) as line,
  lateral (select split_part(line, '=', 1), substr(line, strpos(line, '=') + 1)) as stored (name, value)
where r.rolname = %s and exists (
  select from pg_catalog.pg_settings as s where s.name = stored.name and s.context = 'user')
"""


class Unreachable(Exception):  # noqa: N818 - an answer, not a fault
    """The database cannot be asked now; the text says why."""


class Database:
    """One database of a running server, for many threads."""

    def __init__(self, server: Server, dbname: str) -> None:
        self._pools = {login: _Pool(server, login, dbname, seats) for login, seats in SEATS.items()}

    @contextlib.contextmanager
    def as_caller(
        self, caller: Caller, request: Request, schema: str = "public", settings: Mapping[str, str] | None = None
    ) -> Iterator[Connection]:
        """A transaction in which policies see the caller. It is committed at the end and rolled back on any exception."""
        path = sql.SQL(", ").join(map(sql.Identifier, dict.fromkeys([schema, *EXTRA_SEARCH_PATH])))
        given = {
            "search_path": path.as_string(None),
            "request.method": request.method,
            "request.path": request.path,
            "request.headers": json.dumps({k: v for k, v in request.headers.items() if k != "cookie"}),
            "request.jwt.claims": json.dumps(dict(caller.claims)),
            **(settings or {}),
            "role": caller.role,  # last, so that everything before it is set with the login's rights
        }
        with self._pools[USERS].connection() as connection, connection.transaction():
            connection.execute(SET_OF_ROLE, [caller.role])
            connection.execute(SET, [list(given), list(given.values())])
            yield connection

    @contextlib.contextmanager
    def as_service(self, schema: str) -> Iterator[Connection]:
        """A transaction of the auth or storage service itself, past row security, with that service's search path."""
        given = {"search_path": schema, "statement_timeout": "10s"}
        with self._pools[SERVICE].connection() as connection, connection.transaction():
            connection.execute(SET, [list(given), list(given.values())])
            yield connection

    def close(self) -> None:
        """Close what is idle, cancel what runs. Later requests find the database unreachable."""
        for pool in self._pools.values():
            pool.close()


class _Pool:
    """At most `seats` connections of one login. A connection is with one thread at a time."""

    def __init__(self, server: Server, login: str, dbname: str, seats: int) -> None:
        self._server, self._login, self._dbname = server, login, dbname
        self._seats = threading.BoundedSemaphore(seats)
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._closed = False

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        if not self._seats.acquire(timeout=PATIENCE):
            raise Unreachable("all connections are busy; something holds them for long")
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._seats.release()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for connection in idle:
            connection.close()
        for connection in busy:  # closing one that another thread uses is not safe; cancelling is
            with contextlib.suppress(psycopg.Error, OSError):
                connection.cancel_safe(timeout=1)

    def _take(self) -> Connection:
        connection = self._waiting()
        if connection is None:
            try:
                connection = self._server.connect(self._login, self._dbname)
            except Incomplete as fault:
                raise Unreachable(str(fault)) from fault
        with self._lock:
            self._busy.add(connection)
        return connection

    def _waiting(self) -> Connection | None:
        """An idle connection that still answers: SQL may have ended it from elsewhere."""
        while True:
            with self._lock:
                if self._closed:
                    raise Unreachable("the stand-in has stopped")
                if not self._idle:
                    return None
                connection = self._idle.pop()
            try:
                connection.execute("select")
            except psycopg.Error:
                connection.close()
            else:
                return connection

    def _give_back(self, connection: Connection) -> None:
        clean = False
        with contextlib.suppress(psycopg.Error):
            if connection.info.transaction_status is TransactionStatus.IDLE:
                connection.execute("discard all")  # a function may leave settings, locks or temporary tables behind
                clean = True
        with self._lock:
            self._busy.discard(connection)
            keep = clean and not self._closed
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()
