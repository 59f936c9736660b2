"""A backend is started, awaited and stopped; each way in which that fails is one line."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gate.config import SmokeConfig
from gate.errors import Incomplete
from gate.smoke.backend import Backend
from tests.processes import ROOT, wait_until

SERVE = "import http.server,sys,os; http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.BaseHTTPRequestHandler).serve_forever()"
CHILD = f"import subprocess,sys; child=subprocess.Popen([sys.executable,'-c',{SERVE!r},sys.argv[1]]); open('pid','w').write(str(child.pid)); child.wait()"


def started(command: list[str], **more: Any) -> SmokeConfig:
    return SmokeConfig(start=tuple(command), **more)


def gone(pid: int) -> bool:
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        try:
            with Path(f"/proc/{pid}/stat").open() as stat:
                if stat.read().split(")")[1].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_it_answers_and_is_stopped_with_its_children(tmp_path: Path) -> None:
    backend = Backend(started(["python", "-c", CHILD, "{port}"]), tmp_path, {})
    try:
        backend.wait(20)
        child = int((tmp_path / "pid").read_text())
    finally:
        backend.stop()
        backend.stop()

    assert gone(child)


def test_one_that_ends_says_its_last_words_without_keys(tmp_path: Path) -> None:
    text = "import os; print('cannot start:', os.environ['REPLICATE_API_TOKEN']); raise SystemExit(7)"
    backend = Backend(started(["python", "-c", text]), tmp_path, {"REPLICATE_API_TOKEN": "canary-of-this-test"})
    try:
        with pytest.raises(Incomplete, match=r"code 7 before it answered: cannot start: \[redacted\]") as problem:
            backend.wait(20)
    finally:
        backend.stop()

    assert "canary" not in str(problem.value)


def test_one_that_stays_silent_is_given_up(tmp_path: Path) -> None:
    backend = Backend(started(["python", "-c", "import time; time.sleep(60)"]), tmp_path, {})
    try:
        with pytest.raises(Incomplete, match=r"did not answer .* within 0.3 s"):
            backend.wait(0.3)
    finally:
        backend.stop()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Incomplete, match=r"no-such-program: No such file.*tool.gate.smoke"):
        Backend(started(["no-such-program"]), tmp_path, {})


def test_a_port_in_use_is_the_backend_s_last_word(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        backend = Backend(started(["python", "-c", SERVE, port]), tmp_path, {})
        try:
            with pytest.raises(Incomplete, match="Address already in use"):
                backend.wait(20)
        finally:
            backend.stop()


def test_nothing_of_our_environment_reaches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "real")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    text = "import json,os; open('env','w').write(' '.join(os.environ)); raise SystemExit(0)"
    backend = Backend(started([sys.executable, "-c", text]), tmp_path, {"SUPABASE_URL": "http://127.0.0.1:1"})
    try:
        with pytest.raises(Incomplete):
            backend.wait(20)
    finally:
        backend.stop()
    told = set((tmp_path / "env").read_text().split())

    assert not told & {"REPLICATE_API_TOKEN", "HTTPS_PROXY", "AWS_SECRET_ACCESS_KEY"}
    assert {"SUPABASE_URL", "PORT", "PATH"} <= told
    assert os.environ["REPLICATE_API_TOKEN"] == "real"


def test_what_the_configuration_hands_on_reaches_it_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "canary-of-this-test")
    text = "import os; print(os.environ['MAIL_PASSWORD'], os.environ['LEVEL']); raise SystemExit(1)"
    said = started(["python", "-c", text], environment={"LEVEL": "debug"}, pass_environment=("MAIL_PASSWORD",))
    backend = Backend(said, tmp_path, {})
    try:
        with pytest.raises(Incomplete, match=r"code 1 before it answered: \[redacted\] debug"):
            backend.wait(20)
    finally:
        backend.stop()


RESERVES = f"""
import mmap
NORESERVE = 0x4000  # which Python 3.11 has no name for
room = mmap.mmap(-1, 16 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE)
{SERVE}
"""


def test_a_backend_may_reserve_more_memory_than_it_uses(tmp_path: Path) -> None:
    """Node does, for WebAssembly, which its own HTTP client is written in."""
    backend = Backend(started([sys.executable, "-c", RESERVES, "{port}"]), tmp_path, {})
    try:
        backend.wait(20)
    finally:
        backend.stop()


STUBBORN = """
import os, pathlib, signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("pids").write_text(f"{child.pid} {os.getpid()}")
time.sleep(60)
"""
OWNER = """
import sys, time
from pathlib import Path
from gate.config import SmokeConfig
from gate.smoke.backend import Backend
backend = Backend(SmokeConfig(start=(sys.executable, "-c", sys.argv[1])), Path.cwd(), {})
time.sleep(60)
"""


def test_one_that_listens_to_no_signal_dies_with_us_when_we_are_killed_and_so_do_its_children(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, STUBBORN], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert wait_until(lambda: (tmp_path / "pids").exists() and bool((tmp_path / "pids").read_text()), 20)
    owner.kill()
    owner.wait()

    assert all(gone(int(pid)) for pid in (tmp_path / "pids").read_text().split())
