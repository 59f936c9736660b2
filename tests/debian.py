"""Programs that tests need; on Debian they are installed when missing, so that a clean machine needs no preparation."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def program(*names: str, package: str = "") -> str:
    """The first of these programs on the path, from the package of the first's name where no other is named.

    Raises RuntimeError where there is none and none can be installed: nothing is skipped.
    """
    package = package or names[0]
    if found := _found(names):
        return found
    if os.geteuid() or not shutil.which("apt-get"):
        raise RuntimeError(f"none of {', '.join(names)} is on the path; on Debian: apt install {package}")
    with (Path(tempfile.gettempdir()) / "gate-tests-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers may come to it at once
        if not _found(names):
            quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", package]):
                done = subprocess.run(["apt-get", *command], env=quiet, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{package} cannot be installed: {done.stderr.strip()}")
    found = _found(names)
    assert found
    return found


def _found(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)
