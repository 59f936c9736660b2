"""What is about to be deployed: its commit, from git or from the platform's variables, and the address of its repository."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from gate.config import load_config
from gate.errors import Incomplete, UsageError
from gate.git import ask, in_repository
from gate.source import read_source

# Where platforms say which commit they deploy when there is no repository beside it.
COMMIT_VARIABLES = (
    "RENDER_GIT_COMMIT",
    "RAILWAY_GIT_COMMIT_SHA",
    "VERCEL_GIT_COMMIT_SHA",
    "HEROKU_BUILD_COMMIT",
    "HEROKU_SLUG_COMMIT",
    "SOURCE_VERSION",
    "COMMIT_REF",
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
)


def deployed(root: Path, commit: str | None) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The digests of what is deployed, and files here that are not as committed. Raises UsageError when nothing names a commit."""
    here = read_source(load_config(root)) if in_repository(root.resolve()) else None
    if here is not None and here.commit is not None and commit in {None, here.commit}:
        return (("gitCommit", here.commit), ("gitTree", here.tree or "")), here.modified
    named = commit or next((os.environ[name] for name in COMMIT_VARIABLES if os.environ.get(name)), None)
    if named is None:
        raise UsageError("nothing says which commit is deployed: give --commit, or call this in the repository")
    return (("gitCommit", named.lower()),), ()


def repository(root: Path) -> str:
    """The address of the project's repository without what could be a password; its folder's name where it has none."""
    try:
        address = ask(root, "config", "--get", "remote.origin.url").decode(errors="replace").strip()
    except Incomplete:
        return f"git:{root.resolve().name}"
    parts = urlsplit(address)
    if parts.scheme and parts.hostname:
        port = f":{parts.port}" if parts.port else ""
        return f"git+{parts.scheme}://{parts.hostname}{port}{parts.path.removesuffix('.git')}"
    # git@host:owner/name.git, or a folder
    return "git+ssh://" + address.rpartition("@")[2].replace(":", "/", 1).removesuffix(".git")
