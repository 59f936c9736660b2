"""The command as a user runs it: a process of its own, in a temporary folder of its own that must be empty afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 180


@dataclass(frozen=True)
class Done:
    """How it ended."""

    code: int
    out: str
    err: str


def gate(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> Done:
    """Run the command to its end."""
    command = [sys.executable, "-P", "-m", "gate", *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | (env or {}), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


def interrupted(
    *arguments: str, cwd: Path, env: dict[str, str], when: Callable[[str], bool], how: signal.Signals
) -> Done:
    """Run the command and send it a signal once its progress says so."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gate", *arguments],
        cwd=cwd,
        env=os.environ | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if when(line):
            process.send_signal(how)
            break
    else:
        process.communicate(timeout=SECONDS)
        raise AssertionError(f"it ended before the moment came: {seen}")
    out, err = process.communicate(timeout=SECONDS)
    return Done(process.returncode, out, seen + err)


def naming(word: str, *, seconds: float = 10.0) -> list[str]:
    """Processes whose command line or environment names the word, once they had time to end."""
    ends = time.monotonic() + seconds
    while True:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            if int(folder.name) == os.getpid():
                continue
            try:
                told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            except OSError:
                continue
            if word.encode() in told:
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        if not found or time.monotonic() > ends:
            return found
        time.sleep(0.1)


def wait_until(ready: Callable[[], bool], seconds: float) -> bool:
    """Whether `ready` came true in time."""
    ends = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True
