"""A disposable PostgreSQL server for SQL that nobody has reviewed.

What keeps the SQL inside: a unix socket in a folder of mode 0700 is the only way in; the server runs as an unprivileged
user when we are root, with no new privileges and with limits; nobody can log in as the superuser, which exists only while
the template is built, before any foreign SQL; the server stops when its parent dies, even by kill -9, and the next start
removes what was left behind; every server is a fresh cluster, because roles belong to the cluster. What does not: a server
bug, or SQL that merely burns CPU or fills the disk, so callers put a clock around every run.
"""

import fcntl
import functools
import hashlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psycopg
from psycopg import sql

from gate.config import Regime
from gate.errors import Incomplete
from gate.postgres import extensions
from gate.postgres.host import (
    MEMORY_LIMIT,
    OwnFolder,
    cache_dir,
    child_setup,
    clean_env,
    find_bin_dir,
    reachable,
    sweep,
    unprivileged_user,
)

SUPERUSER = "supabase_admin"
SQL_FILES = ("platform.sql", "api_role.sql")
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103  # sun_path: 104 bytes with the final zero on macOS, 108 on Linux

OURS = "pg_catalog"  # the search path of our own questions: nothing of a migration's answers them
USUAL = "public,extensions"  # that of a login on the platform; pg_catalog comes before it
UNUSED = 30 * 24 * 3600.0  # seconds
DISK_LIMIT = 6 << 30  # bytes of one server's folder
SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
min_wal_size = 4MB
max_wal_size = 128MB
shared_buffers = 32MB
max_connections = 60
autovacuum = off
jit = off
timezone = 'UTC'
lock_timeout = 15s
temp_file_limit = 512MB
max_worker_processes = 4
max_parallel_workers = 2
dynamic_library_path = '$libdir'
"""
HBA_BUILD = "local all all trust\n"
HBA_CLOSED = f"local all {SUPERUSER} reject\nlocal all all trust\n"

Connection = psycopg.Connection[tuple[Any, ...]]


def _blocks(path: Path) -> int:
    """Blocks of 512 bytes; none of a file that has just gone."""
    try:
        return path.lstat().st_blocks
    except OSError:
        return 0


def _forget(folder: Path) -> None:
    """Remove templates that nothing has started from for a month: another version of us made them."""
    for old in folder.glob("pg*.tar"):
        if time.time() - old.stat().st_mtime > UNUSED:
            old.unlink(missing_ok=True)


@functools.cache
def sql_text(name: str) -> str:
    """One of our own SQL files."""
    return files("gate.postgres").joinpath("sql", name).read_text(encoding="utf-8")


class Server:
    """One running cluster with the Supabase look-alike. Use `with Server.start(regime) as server`.

    The server is tied to the THREAD that started it: start it in a thread that lives as long as it is needed.
    """

    def __init__(self, regime: Regime) -> None:
        self.regime: Regime = regime
        self._user = unprivileged_user()
        self._bin = reachable(find_bin_dir(), self._user)
        self._major = extensions.major_version(self._bin)
        self.version = extensions.full_version(self._bin)
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Lock()
        self._ended = threading.Event()
        self._stopped = False
        self._full = False
        self.disk_limit = DISK_LIMIT
        self._make_folders()

    @classmethod
    def start(cls, regime: Regime = "auto") -> Self:
        """A running server in the given grant regime. Raises Incomplete with what to do when there can be none."""
        server = cls(regime)
        try:
            server._boot()
            threading.Thread(target=server._watch, name="disk", daemon=True).start()
        except psycopg.Error as fault:
            server.stop()
            raise Incomplete(f"PostgreSQL could not be prepared: {fault}") from fault
        except BaseException:
            server.stop()
            raise
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def dsn(self, user: str = "postgres", dbname: str = "postgres", path: str = "") -> str:
        """Everything is spelled out: libpq fills every gap from PG* variables of the environment, PGOPTIONS included."""
        where = f"host='{self._socket}' port=5432 user={user} dbname='{dbname}'"
        options = f"-csearch_path={path}" if path else ""
        return f"{where} options='{options}' connect_timeout=5 client_encoding=utf8 application_name=gate"

    def connect(self, user: str = "postgres", dbname: str = "postgres", path: str = "") -> Connection:
        """A connection in autocommit. Nothing is prepared: a DISCARD ALL in foreign SQL would break the next call.

        `path` is its search path, whatever foreign SQL has set for the role or the database.
        """
        try:
            return psycopg.connect(self.dsn(user, dbname, path), autocommit=True, prepare_threshold=None)
        except psycopg.OperationalError as fault:
            raise Incomplete(f"cannot log in to the embedded PostgreSQL as {user}: {self._why(fault)}") from fault

    def clone(self, source: str, name: str) -> None:
        """Copy a database nobody is connected to. Takes well under a second."""
        with self.connect(dbname="template1") as db:
            # Copying files beats logging every page of a small database, all the more as nothing is synced to disk.
            line = sql.SQL("create database {} template {} strategy file_copy")
            db.execute(line.format(sql.Identifier(name), sql.Identifier(source)))

    def alive(self) -> bool:
        """Whether the server still runs. One that died is never restarted: the run is incomplete."""
        return self._process is not None and self._process.poll() is None

    @property
    def fate(self) -> str:
        """What became of a server that no longer runs, as a verb: our own stop is not a death."""
        if self._full:
            return f"was stopped because it filled {max(1, self.disk_limit >> 30)} GB of disk"
        return "was stopped" if self._stopped else "died"

    def stop(self) -> None:
        """Stop the server and remove its folder. May be called from any thread, more than once."""
        with self._stopping:
            if self._stopped:
                return
            self._stopped = True
            self._ended.set()
            try:
                self._halt()
            finally:
                self._folder.remove()

    def size(self) -> int:
        """Bytes on disk now."""
        return sum(_blocks(Path(folder, name)) for folder, _, names in os.walk(self._data) for name in names) * 512

    def _watch(self) -> None:
        """Stop a server that fills the disk: the limit of a file does not bound the sum of many. Takes a twentieth of the time."""
        pause = 1.0
        while not self._ended.wait(pause):
            began = time.monotonic()
            if self.size() > self.disk_limit:
                self._full = True
                self.stop()
            pause = max(1.0, 20 * (time.monotonic() - began))

    # -- folders --------------------------------------------------------------------------------------------------
    def _make_folders(self) -> None:
        base = Path(tempfile.gettempdir())
        sweep(base)
        self._folder = OwnFolder()
        self._root = self._folder.path
        self._root.chmod(0o755)  # others may pass and list it; the folders inside are closed
        self._data, self._ext, self._socket = self._root / "data", self._root / "ext", self._root / "s"
        if len(os.fsencode(self._socket / SOCKET_NAME)) > SOCKET_PATH_LIMIT:
            self.stop()
            raise Incomplete(f"the socket path would be too long under {base}; set TMPDIR to a short path")
        for folder in (self._data, self._ext, self._socket):
            folder.mkdir(mode=0o700)
            if self._user:
                os.chown(folder, self._user.pw_uid, self._user.pw_gid)

    # -- starting -------------------------------------------------------------------------------------------------
    def _boot(self) -> None:
        template = cache_dir() / f"pg{self._major}-{self._fingerprint()}.tar"
        if template.exists() or not self._build_alone(template):
            self._unpack(template)
            os.utime(template)
        self._launch("postgres")
        if self.regime == "explicit":
            with self.connect() as db:
                db.execute(sql_text("explicit_grants.sql").encode())

    def _build_alone(self, template: Path) -> bool:
        """Build it, unless somebody else has done so while we waited for the turn."""
        with template.with_name("building").open("wb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if template.exists():
                return False
            self._build(template)
            return True

    def _unpack(self, template: Path) -> None:
        try:
            with template.open("rb") as tar:  # we read it, the unprivileged user unpacks it
                self._run("tar", "xf", "-", "-C", str(self._root), stdin=tar)
        except Incomplete:
            template.unlink(missing_ok=True)  # a damaged one must not fail the next start as well
            raise

    def _fingerprint(self) -> str:
        parts = [str(self._bin), str((self._bin / "postgres").stat().st_mtime_ns), SETTINGS, HBA_CLOSED]
        parts += [sql_text(name) for name in SQL_FILES]
        parts += [item.control() + item.script() for item in extensions.STAND_INS]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def _run(
        self, *command: str, stdin: int | IO[bytes] = subprocess.DEVNULL, stdout: int | IO[bytes] = subprocess.DEVNULL
    ) -> None:
        try:
            done = subprocess.run(
                command,
                check=False,
                env=clean_env(),
                cwd="/",
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                preexec_fn=child_setup(self._user, MEMORY_LIMIT),
            )
        except (OSError, subprocess.SubprocessError) as fault:
            raise Incomplete(f"{command[0]} does not run while preparing PostgreSQL: {fault}") from fault
        if done.returncode:
            words = " ".join(done.stderr.decode(errors="replace").split())[-400:]
            raise Incomplete(f"{Path(command[0]).name} failed while preparing PostgreSQL: {words}")

    def _build(self, template: Path) -> None:
        """initdb, stand-ins, look-alike, close the superuser's login, pack."""
        if self._major >= 17:  # sorts the same on every operating system
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            locale = ["--locale=C.UTF-8"]
        options = ["--auth=trust", "-E", "UTF8", "--no-sync", "--no-instructions", "--wal-segsize=1", *locale]
        self._run(str(self._bin / "initdb"), "-D", str(self._data), "-U", SUPERUSER, *options)
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.write(SETTINGS)
        (self._data / "pg_hba.conf").write_text(HBA_BUILD)
        extensions.write(self._ext, self._bin)
        self._launch(SUPERUSER)
        with psycopg.connect(self.dsn(SUPERUSER), autocommit=True) as db:
            for name in SQL_FILES:
                db.execute(sql_text(name).encode())
        self._halt()
        (self._data / "pg_hba.conf").write_text(HBA_CLOSED)
        partial = template.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        try:
            with partial.open("wb") as tar:
                self._run("tar", "cf", "-", "-C", str(self._root), "data", "ext", stdout=tar)
            partial.replace(template)
            _forget(template.parent)
        finally:
            partial.unlink(missing_ok=True)

    def _launch(self, probe_user: str) -> None:
        command = [str(self._bin / "postgres"), "-D", str(self._data), "-k", str(self._socket)]
        if self._major >= 18:
            command += ["-c", f"extension_control_path={self._ext}:$system"]
        with (self._root / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=clean_env(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=child_setup(self._user, MEMORY_LIMIT),  # noqa: PLW1509 - setuid has to happen there
            )
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            try:
                psycopg.connect(self.dsn(probe_user)).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.01)
            else:
                return
        raise Incomplete(f"PostgreSQL did not start: {self._last_words()}")

    def _last_words(self) -> str:
        try:
            return " ".join((self._root / "log").read_text(errors="replace").split())[-400:]
        except OSError:
            return "its log is gone"

    def _why(self, fault: Exception) -> str:
        return " ".join(str(fault).split())[-200:] if self.alive() else f"the server {self.fate}"

    # -- stopping -------------------------------------------------------------------------------------------------
    def _halt(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, gone
            if process.poll() is not None:
                return
            process.send_signal(how)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                continue
