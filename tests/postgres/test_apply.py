"""Migrations are applied statement by statement: what fails is listed, what cannot go on is said in one line."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate.audit.replay import split
from gate.check import Context
from gate.config import Config, load_config
from gate.errors import Incomplete
from gate.migration import Migration, Statement
from gate.outcome import Broken
from gate.page import Example
from gate.postgres import Server, apply
from gate.postgres.lookalike import changed, functions
from gate.run import run_checks

pytestmark = pytest.mark.postgres


def statements(sql: str, path: str = "1_a.sql") -> tuple[Statement, ...]:
    return split(Migration(path, sql))


NUMBERS = itertools.count(1)


@pytest.fixture
def database(server: Server) -> str:
    name = f"t{next(NUMBERS)}"
    server.clone("postgres", name)
    return name


def tables(server: Server, database: str) -> list[str]:
    with server.connect(dbname=database) as connection:
        rows = connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1").fetchall()
    return [str(name) for (name,) in rows]


def test_a_failure_does_not_stop_the_rest(server: Server, database: str) -> None:
    sql = "create table a ();\ncreate table b (id nothing);\ncreate table c ();\ncreate policy if not exists p on a;"

    applied = apply(server, statements(sql), database)

    assert applied.count == 2
    assert [(one.sqlstate, one.statement.place.line) for one in applied.failures] == [("42704", 2), ("42601", 4)]
    assert tables(server, database) == ["a", "c"]


def test_a_failure_inside_a_transaction_takes_back_only_itself(server: Server, database: str) -> None:
    sql = "begin; create table a (); create table b (id nothing); create table c (); commit; create table d ();"

    applied = apply(server, statements(sql), database)

    assert [one.sqlstate for one in applied.failures] == ["42704"]
    assert tables(server, database) == ["a", "c", "d"]


def test_what_is_rolled_back_is_gone(server: Server, database: str) -> None:
    apply(server, statements("begin; create table a (); rollback; begin; create table b ();"), database)

    assert tables(server, database) == []


def test_copy_from_stdin_fails_alone(server: Server, database: str) -> None:
    sql = "create table a (id int);\ncopy a (id) from stdin;\n1\n2\n\\.\ncreate table b ();"

    applied = apply(server, statements(sql), database)

    assert [one.statement.place.line for one in applied.failures] == [2]
    assert tables(server, database) == ["a", "b"]


def test_a_search_path_ends_with_its_file(server: Server, database: str) -> None:
    first = statements("create schema app; set search_path = app; create table a ();", "1_a.sql")
    second = statements("create table b ();", "2_b.sql")

    apply(server, (*first, *second), database)

    assert tables(server, database) == ["b"]


def test_a_migration_that_locks_its_own_login_out() -> None:
    first = statements("alter role postgres set local_preload_libraries = 'nothing';", "1_a.sql")
    with Server.start() as server, pytest.raises(Incomplete, match="cannot log in") as caught:
        apply(server, (*first, *statements("select 1;", "2_b.sql")))

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "create or replace function auth.uid() returns uuid language sql stable as $$ select null::uuid $$",
        "alter function auth.uid() security definer",
        """alter function auth.uid() rename to old_uid;
        create function auth.uid() returns uuid language plpgsql as $$ begin return null; end $$""",
        "alter function auth.uid() set search_path = 'mine'",
    ],
    ids=["replaced", "definer", "renamed away", "settings"],
)
def test_a_changed_platform_function_is_noticed(server: Server, database: str, sql: str) -> None:
    with server.connect(dbname=database) as connection:
        before = functions(connection)
        apply(server, statements(sql), database)

        assert "auth.uid()" in before
        assert changed(before, functions(connection)) == ("auth.uid()",)


def test_a_new_function_and_another_search_path_are_no_change(server: Server, database: str) -> None:
    with server.connect(dbname=database) as connection:
        before = functions(connection)
        sql = "create function auth.team() returns text language sql as $$ select 'a' $$"
        apply(server, statements(sql), database)
        connection.execute("set search_path = auth, storage")

        assert changed(before, functions(connection)) == ()


def test_a_server_killed_in_the_middle_ends_in_one_line() -> None:
    with Server.start() as server:
        assert server._process

        def kill(statement: Statement) -> None:
            if statement.place.line == 2:
                assert server._process
                os.kill(server._process.pid, signal.SIGKILL)
                server._process.wait()

        with pytest.raises(Incomplete, match=r"^the embedded PostgreSQL died at 1_a\.sql:2$"):
            apply(server, statements("create table a ();\ncreate table b ();\ncreate table c ();"), before_each=kill)
        with pytest.raises(Incomplete, match="the server died"):
            server.connect()


def test_a_server_that_fills_the_disk_is_stopped() -> None:
    sql = "create table a as select repeat(md5(g::text), 60) from generate_series(1, 40000) as g; select pg_sleep(600);"
    with Server.start() as server:
        server.disk_limit = 64 << 20
        with pytest.raises(Incomplete, match="was stopped because it filled 1 GB of disk") as caught:
            apply(server, statements(sql))

    assert "1_a.sql:1" in str(caught.value)


def test_a_file_in_one_piece_tells_of_each_statement(server: Server, database: str) -> None:
    seen: list[int] = []
    sql = "create table a ();\ncreate table b ();\n-- nothing\ncreate table c ();"
    applied = apply(server, statements(sql), database, before_each=lambda one: seen.append(one.place.line))

    assert (applied.count, seen) == (3, [1, 2, 4])


def test_comments_before_a_statement_hide_nothing_and_cost_nothing(server: Server, database: str) -> None:
    comments = "/* a * b */ -- begin\n" * 2000
    sql = f"create table a ();\n{comments}begin; create table b (); rollback; {comments}create table c ();"
    applied = apply(server, statements(sql), database)

    assert applied.failures == ()
    assert tables(server, database) == ["a", "c"]


def test_what_only_works_alone_works(server: Server, database: str) -> None:
    """A file in one piece is one transaction; where that fails it goes by statements, as before."""
    sql = (
        "create type kind as enum ('a'); alter type kind add value 'b'; create table a (k kind default 'b');"
        "create index concurrently on a (k); insert into a default values;"
    )
    applied = apply(server, statements(sql), database)

    assert applied.failures == ()
    assert tables(server, database) == ["a"]


def test_settings_for_later_logins_are_noticed_by_the_next_file(server: Server, database: str) -> None:
    first = statements(
        f"create schema app; alter role postgres in database {database} set search_path = app;", "1_a.sql"
    )
    applied = apply(server, (*first, *statements("create table a (); create table b ();", "2_b.sql")), database)
    with server.connect(dbname=database) as connection:
        found = connection.execute("select count(*) from pg_tables where schemaname = 'app'").fetchone()

    assert (applied.failures, found) == ((), (2,))


@dataclass(frozen=True)
class Sleeper:
    """A check that applies a migration which sleeps."""

    folder: list[Path]
    name: str = "audit"
    summary: str = ""
    rules_package: str = "gate.audit.rules"

    def subjects(self, context: Context) -> Iterator[object]:
        with Server.start() as server:
            self.folder.append(server._root)
            context.closing(server.stop)
            apply(server, statements("set statement_timeout = 0; select pg_sleep(600);"))
            yield from ()

    def example(self, example: Example) -> Iterator[object]:
        yield from ()


def test_a_statement_that_sleeps_is_ended_by_the_deadline(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.gate.timeouts]\naudit = 4\n")
    folders: list[Path] = []
    began = time.monotonic()

    (outcome,) = run_checks([Sleeper(folders)], load_config(tmp_path), lambda _check, _text: None)

    assert isinstance(outcome, Broken)
    assert "ran out of time after 4 s" in outcome.problem
    assert "was stopped at 1_a.sql:1" in outcome.problem
    assert time.monotonic() - began < 30
    assert [folder.exists() for folder in folders] == [False]


def test_a_context_that_is_closed_stops_the_server_from_another_thread() -> None:
    context = Context(Config(Path()))
    server = Server.start()
    context.closing(server.stop)
    timer = threading.Timer(0.2, context.close)
    timer.start()
    try:
        with pytest.raises(Incomplete, match=r"was stopped at 1_a\.sql:1"):
            apply(server, statements("select pg_sleep(600)"))
    finally:
        timer.join()

    assert not server.alive()
    assert not server._root.exists()
