"""The real Postgres as the judge of the replay: the same SQL in both, and where they disagree."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from gate.audit.replay import replay
from gate.audit.replay.transactions import controls
from gate.config import Config, Regime
from gate.migration import Statement
from gate.postgres import Applied, Connection, Server, apply
from tests.audit.pictures import Picture, differences, of_catalog, of_server

CONFIG = Config(Path(), exposed_schemas=("public",))


@dataclass
class Judge:
    """A server of one regime, and a new database in it for every case. Roles belong to the cluster, so it is renewed."""

    regime: Regime
    _server: Server | None = None
    _before: Picture = field(default_factory=dict)
    _settings: list[tuple[object, ...]] = field(default_factory=list)
    _number: int = 0

    def compare(self, statements: Sequence[Statement], config: Config = CONFIG) -> tuple[Applied, list[str]]:
        """What the server refused, and where server and replay disagree."""
        server = self._ready()
        self._number += 1
        name = f"case_{self._number}"
        server.clone("postgres", name)
        applied = apply(server, statements, dbname=name)
        start = replay((), config, self.regime)
        catalog = replay(statements, config, self.regime, complete=True)
        with server.connect(dbname=name) as db:
            # Settings of the login must not colour how the server prints names.
            db.execute("set search_path = public, extensions")
            after = of_server(db)
            found = differences((self._before, after), (of_catalog(start), of_catalog(catalog, db)))
            cluster = settings(db)
        if _roles(after) != _roles(self._before) or cluster != self._settings:
            self.close()
        else:
            with server.connect() as db:
                db.execute(f'drop database "{name}" with (force)'.encode())
        return applied, found

    def compare_inside(self, statements: Sequence[Statement]) -> tuple[list[str], list[str]]:
        """As `compare`, in a transaction that is rolled back, which is far cheaper, unless the SQL has some of its own.

        The refusals are SQLSTATEs.
        """
        if any(controls(statements)):
            applied, found = self.compare(statements)
            return [one.sqlstate for one in applied.failures], found
        catalog = replay(statements, CONFIG, self.regime, complete=True)
        start = of_catalog(replay((), CONFIG, self.regime))
        with self._applied(statements) as (db, refusals):
            db.execute("reset role")
            db.execute("set search_path = public, extensions")
            found = differences((self._before, of_server(db)), (start, of_catalog(catalog, db)))
        return refusals, found

    def answers(self, statements: Sequence[Statement], queries: Sequence[str], role: str) -> list[str]:
        """The SQLSTATE that each query ends with for a role, '' for none, after these statements."""
        with self._applied(statements) as (db, _):
            db.execute(f"set role {role}".encode())
            return [_tried(db, query) for query in queries]

    def as_user(self, statements: Sequence[Statement], user: str, deeds: Sequence[str]) -> list[int | str]:
        """What becomes of each deed of a signed-in user after these statements: how many rows, or a SQLSTATE."""
        with self._applied(statements) as (db, _):
            db.execute("select set_config('request.jwt.claims', %s, true)", [f'{{"sub": "{user}"}}'])
            db.execute("set local role authenticated")
            return [_counted(db, deed) for deed in deeds]

    @contextmanager
    def _applied(self, statements: Sequence[Statement]) -> Iterator[tuple[Connection, list[str]]]:
        """A connection on which the statements have run, what they were refused with, and nothing of it afterwards."""
        with self._ready().connect() as db:
            db.execute("begin")
            try:
                yield db, [state for one in statements if (state := _tried(db, one.text))]
            finally:
                db.execute("rollback")

    def before(self) -> Picture:
        """What the server holds before the first migration."""
        self._ready()
        return self._before

    def _ready(self) -> Server:
        if self._server is None:
            self._server = Server.start(self.regime)
            with self._server.connect() as db:
                db.execute("set search_path = public, extensions")
                self._before = of_server(db)
                self._settings = settings(db)
        return self._server

    def close(self) -> None:
        """Stop the server."""
        if self._server:
            self._server.stop()
            self._server = None


def _counted(db: Connection, deed: str) -> int | str:
    db.execute("savepoint before")
    try:
        count: int | str = db.execute(deed.encode()).rowcount
    except psycopg.Error as refusal:
        count = refusal.sqlstate or "?"
    db.execute("rollback to savepoint before")
    return count


def _tried(db: Connection, text: str) -> str:
    """Run SQL, and take back what fails: its SQLSTATE, '' where it ran."""
    db.execute("savepoint before")
    try:
        db.execute(text.encode())
    except psycopg.Error as refusal:
        db.execute("rollback to savepoint before")
        return refusal.sqlstate or "?"
    db.execute("release savepoint before")
    return ""


def settings(db: Connection) -> list[tuple[object, ...]]:
    """What ALTER ROLE and ALTER DATABASE have set for later connections."""
    return db.execute("select setrole, setconfig from pg_db_role_setting order by 1, 2").fetchall()


def _roles(picture: Picture) -> Picture:
    return {key: value for key, value in picture.items() if key[0] == "role"}
