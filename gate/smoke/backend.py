"""The backend of a rehearsal: started, awaited, and stopped with everything it started."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from gate.config import SmokeConfig
from gate.errors import Incomplete
from gate.postgres.host import OwnFolder, child_setup
from gate.smoke.redact import redacted

START = 60.0  # seconds a backend gets until it answers
STOP = 5.0  # seconds a backend gets to end by itself
KEPT = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "VIRTUAL_ENV")
LINES = 3  # of the log, in a problem


class Backend:
    """A running backend process.

    It hears nothing of our environment but what it is given and a few harmless names, so that no real key can reach it
    and no proxy can carry its traffic away.
    """

    def __init__(self, said: SmokeConfig, root: Path, variables: Mapping[str, str]) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._command = [word.replace("{port}", str(self._port)) for word in said.start]
        self._ready = said.ready
        self._folder = OwnFolder()
        handed_on = [os.environ.get(name, "") for name in said.pass_environment]
        own = [value for name, value in variables.items() if "KEY" in name or "TOKEN" in name or "SECRET" in name]
        self._secrets = (*own, *handed_on)
        self._stopping = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        names = (*KEPT, *said.pass_environment)
        environment = {name: os.environ[name] for name in names if name in os.environ}
        # The interpreter that runs the gate comes first, so that `python` in the command has the gate's packages.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        own_words = {name: value.replace("{port}", str(self._port)) for name, value in said.environment.items()}
        environment |= {"PATH": path, "PORT": str(self._port), "PYTHONUNBUFFERED": "1", **own_words, **variables}
        try:
            with (self._folder.path / "log").open("wb") as log:
                self._process = subprocess.Popen(
                    self._command,
                    cwd=root,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    preexec_fn=child_setup(None),  # noqa: PLW1509 - it must die with us, even when we are killed
                )
            self._watch = _watched(self._process.pid)
        except OSError as fault:
            self.stop()
            words = f"the backend cannot be started: {self._command[0]}: {fault.strerror}"
            raise Incomplete(f"{words}; see `start` in [tool.gate.smoke]") from fault

    def wait(self, seconds: float = START) -> None:
        """Wait until it answers HTTP at all. Raises Incomplete with its last words when it ends or stays silent."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            code = self._process.poll() if self._process else None
            if code is not None:
                raise Incomplete(f"the backend ended with code {code} before it answered: {self.words()}")
            try:
                with requests.Session() as session:
                    session.trust_env = False
                    session.get(f"{self.url}{self._ready}", timeout=2, allow_redirects=False, stream=True).close()
            except requests.RequestException:
                time.sleep(0.05)
            else:
                return
        raise Incomplete(f"the backend did not answer at {self.url} within {seconds:g} s: {self.words()}")

    def words(self) -> str:
        """The last lines of its log, without keys."""
        try:
            lines = (self._folder.path / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "its log is gone"
        told = [line for line in lines if line.strip()][-LINES:]
        return redacted(" | ".join(told), *self._secrets) or "it said nothing"

    def stop(self) -> None:
        """End it and everything it started. May be called from any thread, more than once."""
        with self._stopping:
            process, self._process = self._process, None
            if process is not None:
                _end(process)
            if self._watch is not None:
                self._watch.kill()  # before its pipe is closed, which it would take for our end
                self._watch.communicate()
                self._watch = None
            self._folder.remove()


def _watched(group: int) -> subprocess.Popen[bytes]:
    """Somebody who kills the backend and all that it started once we are gone, however we went.

    The signal of our death reaches the backend alone, which may wait for its threads, or for nobody.
    """
    command = ["/bin/sh", "-c", 'read -r _; kill -s KILL -- "-$1"', "sh", str(group)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)  # it leads a session of its own, so this reaches its children too
        except ProcessLookupError:
            break
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            continue
    process.wait(STOP)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
