"""Hooks search what is new alone: the index as it will be committed, or the commits that a push publishes."""

import io
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bench.exam.containers import zipped
from gate.check import Context
from gate.cli import main
from gate.config import load_config
from gate.errors import UsageError
from gate.scan.changes import Changes, Staged, pushed, since
from gate.scan.fakes import filled
from gate.scan.newer import ScanNewer
from tests.repositories import git
from tests.scan.project import KEY, written

NOTHING = "0" * 40


def met(root: Path, changes: Changes) -> list[tuple[str, int]]:
    """(path, line) of each key that still stands, and (commit:path, line) of each that does not."""
    context = Context(load_config(root))
    found = []
    for artifact in ScanNewer(changes).subjects(context):
        found += [(artifact.path, secret.line) for secret in artifact.secrets]
        found += [(f"{one.commit[:7]}:{one.path}", one.secret.line) for one in artifact.former]  # of the whole object
    assert context.count
    return sorted(found)


def commit(root: Path, message: str = "x") -> str:
    git(root, "add", "-A")
    git(root, "commit", "-qm", message, "--allow-empty")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    written(tmp_path / "app", {"a.ts": "words\n", "old.env": KEY})
    git(tmp_path / "app", "init", "-q")
    commit(tmp_path / "app")
    return tmp_path / "app"


def test_what_is_staged_counts_and_not_what_lies_in_the_folder(root: Path) -> None:
    written(root, {"b.env": f"A=1\n{KEY}", "not-added.env": KEY})
    git(root, "add", "b.env")
    (root / "b.env").write_text("A=1\n")  # the file is clean by now, and what is committed is not

    assert met(root, Staged()) == [("b.env", 2)]
    git(root, "add", "b.env")
    written(root, {"b.env": KEY})
    assert met(root, Staged()) == []


def test_an_old_key_is_not_told_of_until_its_file_changes(root: Path) -> None:
    assert met(root, Staged()) == []
    (root / "old.env").write_text((root / "old.env").read_text() + "B=2\n")
    git(root, "add", "old.env")

    assert met(root, Staged()) == [("old.env", 1)]


def test_before_the_first_commit_and_below_a_folder(tmp_path: Path) -> None:
    written(tmp_path, {"web/b.env": KEY, "api/c.env": KEY, "web/ä\n.env": KEY, "web/node_modules/x/d.js": KEY})
    (tmp_path / "web" / os.fsdecode(b"latin\xe4.env")).write_text(filled(KEY))
    (tmp_path / "web/a.zip").write_bytes(zipped({"in/e.env": filled(KEY).encode()}))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", ".")

    found = [path for path, _ in met(tmp_path / "web", Staged())]

    assert found == sorted(["a.zip!in/e.env", "b.env", "latin\udce4.env", "ä\n.env"])
    assert len(met(tmp_path, Staged())) == 5


def test_the_index_that_git_made_for_this_commit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git commit -a` asks its hook while the new index has another name."""
    hook = root / ".git/hooks/pre-commit"
    hook.write_text(f"#!/bin/sh\nPYTHONPATH={Path.cwd()} exec {sys.executable} -P -m gate scan --staged\n")
    hook.chmod(0o755)
    written(root, {"a.ts": KEY})

    stopped = subprocess.run(["git", "commit", "-qam", "x"], cwd=root, capture_output=True, text=True)
    assert (stopped.returncode, "service-role-key-in-tree" in stopped.stdout + stopped.stderr) == (1, True)
    stopped = subprocess.run(["git", "commit", "-qm", "x", "a.ts"], cwd=root, capture_output=True, text=True)
    assert stopped.returncode == 1

    monkeypatch.setenv("GIT_INDEX_FILE", str(root.parent / "elsewhere/index"))
    assert met(root, Staged()) == [], "an index of another repository says nothing"


def test_new_commits_alone(root: Path) -> None:
    before = git(root, "rev-parse", "HEAD")
    written(root, {"b.env": KEY, "c.env": f"\n{KEY}", "public/app.ts": "const a = process.env.NEXT_PUBLIC_X"})
    brought = commit(root)
    (root / "c.env").unlink()
    commit(root, filled(KEY))
    written(root, {"d.env": KEY})

    last = git(root, "rev-parse", "HEAD")[:7]
    assert met(root, since(root, before)) == sorted([("b.env", 1), (f"{brought[:7]}:c.env", 2), (f"{last}:None", 6)])
    assert met(root, since(root, "HEAD")) == []


def test_what_a_push_publishes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A branch that is ahead, a new one, one that is deleted, and one that is overwritten with what is not known here."""
    git(root.parent, "init", "-q", "--bare", "remote.git")
    git(root, "remote", "add", "origin", str(root.parent / "remote.git"))
    git(root, "push", "-q", "origin", "main")
    there = git(root, "rev-parse", "HEAD")
    written(root, {"b.env": KEY})
    tip = commit(root)

    def told(*lines: str) -> list[tuple[str, int]]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return met(root, since(root, "-"))

    assert told(f"refs/heads/main {tip} refs/heads/main {there}") == [("b.env", 1)]
    assert told(f"refs/heads/new {tip} refs/heads/new {NOTHING}") == [("b.env", 1)]
    assert told(f"refs/heads/main {there} refs/heads/new {NOTHING}") == []
    assert told(f"(delete) {NOTHING} refs/heads/main {there}") == []
    assert told(f"refs/heads/main {tip} refs/heads/main {'1' * 40}") == [("b.env", 1)]
    git(root, "tag", "-a", "v1", "-m", filled(KEY))
    tag = git(root, "rev-parse", "v1")
    met_now = told(f"refs/tags/v1 {tag} refs/tags/v1 {NOTHING}")
    assert sorted(line for _, line in met_now) == [1, 6]  # in the file, and in the tag's words


def test_what_is_no_line_of_git_is_refused() -> None:
    with pytest.raises(UsageError, match="what git tells a pre-push hook"):
        list(pushed(["refs/heads/main --output=x refs/heads/main 0"]))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--since", "nowhere"], 2),
        (["--since", "--output=x"], 2),
        (["--staged", "--since", "HEAD"], 2),
        (["--since", "HEAD"], 0),
        (["--staged"], 0),
    ],
)
def test_codes(root: Path, words: list[str], code: int) -> None:
    assert main(["scan", "--root", str(root), *words]) == code
    assert not (root / "x").exists()


def test_outside_of_a_repository_nothing_can_be_said(tmp_path: Path) -> None:
    assert main(["scan", "--root", str(tmp_path), "--staged"]) == 3


def test_a_commit_is_not_held_up(root: Path) -> None:
    """Beyond starting, looking at what is staged takes less than 200 ms of both kinds of CPU time together."""
    written(root, {f"src/{number}.ts": "const words = 1\n" * 200 for number in range(30)})
    git(root, "add", "-A")

    def used(*words: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "gate", *words], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    start = min(used("--version") for _ in range(3))
    assert min(used("scan", "--staged", "--root", str(root)) for _ in range(3)) - start < 0.4
