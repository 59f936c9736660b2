"""Starts git safely: the repository may be hostile, and the caller may be a hook of another one."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gate.errors import Incomplete

TIMEOUT = 60
# A repository may be hostile: its settings must start no program. One that belongs to another user is only read.
SAFE = ("-c", "core.fsmonitor=false", "-c", "safe.directory=*", "-c", "protocol.allow=never", "--no-optional-locks")


def in_repository(folder: Path) -> bool:
    """Whether the folder or one above it holds a git repository."""
    return any((place / ".git").exists() for place in (folder, *folder.parents))


def program() -> str | None:
    """Where git is, if it is installed."""
    return shutil.which("git")


def surroundings() -> dict[str, str]:
    """The environment of git: the caller may be a hook, which is told by variables which repository and index to use."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1"}


def start(
    root: Path,
    *arguments: str,
    stdin: Any = subprocess.DEVNULL,  # noqa: ANN401 - as Popen takes it
    stdout: int,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> "subprocess.Popen[bytes]":
    """Start git in the root's folder. What it complains of is not shown: it may quote what it read."""
    git = program()
    assert git
    return subprocess.Popen(
        [git, *SAFE, *arguments],
        cwd=root,
        env={**surroundings(), **variables},
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
    )


def ask(root: Path, *arguments: str) -> bytes:
    """What git answers. Raises Incomplete when it is not installed, says no, or takes too long; its words are left out."""
    git = program()
    if git is None:
        raise Incomplete("git is not installed")
    try:
        done = subprocess.run(
            [git, *SAFE, *arguments],
            cwd=root,
            env=surroundings(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Incomplete(f"git {arguments[0]} did not answer within {TIMEOUT} s") from None
    if done.returncode:
        raise Incomplete(f"git {arguments[0]} ended with code {done.returncode}")
    return done.stdout
