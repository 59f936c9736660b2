"""Starts git safely: the repository may be hostile, and the caller may be a hook of another one."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gate.errors import Incomplete

TIMEOUT = 60
# A repository may be hostile: its settings must start no program. One that belongs to another user is only read.
SAFE = ("-c", "core.fsmonitor=false", "-c", "safe.directory=*", "-c", "core.commitGraph=false", "--no-optional-locks")
# Nothing is fetched; no other object stands in for one, and no file of the repository's hides what came before a commit.
KEPT_HOME = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
}
FILTER_KEYS = ("clean", "smudge", "process", "required")
FILTER = re.compile(rb"(filter\..*)\.(?:clean|smudge|process|required)", re.IGNORECASE | re.DOTALL)


def in_repository(folder: Path) -> bool:
    """Whether the folder or one above it holds a git repository."""
    return any((place / ".git").exists() for place in (folder, *folder.parents))


def program() -> str | None:
    """Where git is, if it is installed."""
    return shutil.which("git")


def surroundings() -> dict[str, str]:
    """The environment of git: the caller may be a hook, which is told by variables which repository and index to use."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | KEPT_HOME


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


def filters(root: Path, *, foreign: bool = False) -> frozenset[str]:
    """What converts files between git and the folder, as `filter.lfs`; with `foreign`, only what the repository itself names."""
    told = ask(root, "config", "--show-scope", "--name-only", "--includes", "-z", "--list")
    words = told.split(b"\0")
    return frozenset(
        os.fsdecode(found.group(1))
        for scope, name in zip(words[::2], words[1::2], strict=False)
        if (found := FILTER.fullmatch(name)) and not (foreign and scope in {b"system", b"global"})
    )


def without_filters(root: Path) -> Mapping[str, str]:
    """Variables under which git compares files without the programs that the repository names to convert them.

    Files that the user's own settings convert, as those of LFS are, are compared as they should be.
    """
    named = sorted(filters(root, foreign=True))
    keys = [(f"{name}.{key}", "false" if key == "required" else "") for name in named for key in FILTER_KEYS]
    numbered = {f"GIT_CONFIG_KEY_{number}": key for number, (key, _) in enumerate(keys)}
    numbered |= {f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in enumerate(keys)}
    return numbered | {"GIT_CONFIG_COUNT": str(len(keys))}


def ask(root: Path, *arguments: str, variables: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """What git answers. Raises Incomplete when it is not installed, says no, or takes too long; its words are left out."""
    git = program()
    if git is None:
        raise Incomplete("git is not installed")
    try:
        done = subprocess.run(
            [git, *SAFE, *arguments],
            cwd=root,
            env={**surroundings(), **variables},
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
