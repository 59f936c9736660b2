"""Where the browser is; on Debian it is installed when it is missing, so that a clean machine needs no preparation."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGE = "chromium-headless-shell"


def chromium() -> str:
    """The browser's program. Raises RuntimeError where there is none and none can be installed: nothing is skipped."""
    if found := _found():
        return found
    if os.geteuid() or not shutil.which("apt-get"):
        raise RuntimeError(f"no Chromium on the path ({', '.join(NAMES)}); on Debian: apt install {PACKAGE}")
    with (Path(tempfile.gettempdir()) / "gate-tests-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers may come to it at once
        if not _found():
            quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", PACKAGE]):
                done = subprocess.run(["apt-get", *command], env=quiet, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{PACKAGE} cannot be installed: {done.stderr.strip()}")
    found = _found()
    assert found
    return found


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)
