"""What a hostile project could do to its judge: run programs, hide its history, lead it out of the tree, fill its memory."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.check import Context
from gate.config import load_config
from gate.scan.changes import Staged, since
from gate.scan.fakes import filled
from gate.scan.newer import ScanNewer
from tests.repositories import git
from tests.scan.project import KEY, Scanned, written


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A repository in which every setting that names a program names one that leaves a trace, outside of it."""
    root = written(tmp_path / "app", {"a.ts": "words\n", "old.env": KEY, "b.lfs": "words\n", "c.txt": "words\n"})
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/ran\ncat\n')
    program.chmod(0o755)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    git(root, "rm", "-q", "old.env")
    git(root, "commit", "-qm", "second")
    settings = (
        *(
            "core.fsmonitor",
            "core.pager",
            "core.editor",
            "core.sshCommand",
            "core.askPass",
            "core.alternateRefsCommand",
        ),
        *("diff.external", "diff.evil.command", "diff.evil.textconv", "gpg.program", "credential.helper"),
        *(
            "filter.evil.clean",
            "filter.evil.smudge",
            "filter.evil.process",
            "filter.a=b.clean",
            "pager.log",
            "pager.diff",
        ),
        *("interactive.diffFilter", "merge.evil.driver", "uploadpack.packObjectsHook", "trailer.evil.command"),
    )
    for name in settings:
        git(root, "config", name, str(program))
    git(root, "config", "core.hooksPath", str(tmp_path / "hooks"))
    git(root, "config", "filter.evil.required", "true")
    git(root, "config", "log.showSignature", "true")
    git(root, "config", "core.worktree", str(root))
    written(root, {".git/info/attributes": "* filter=evil diff=evil\n*.txt filter=a=b diff=evil\n"})
    for hook in ("post-index-change", "pre-commit", "reference-transaction", "fsmonitor-watchman", "pre-auto-gc"):
        written(tmp_path, {f"hooks/{hook}": program.read_text(), f"app/.git/hooks/{hook}": program.read_text()})
        (tmp_path / "hooks" / hook).chmod(0o755)
        (root / ".git/hooks" / hook).chmod(0o755)
    for name in ("a.ts", "c.txt"):  # of the same size, and of another time: git must look into it
        (root / name).write_text("other\n")
        os.utime(root / name, (1, 1))
    return root


def test_no_program_of_the_repository_is_run(hostile: Path) -> None:
    ran = hostile.parent / "ran"
    subprocess.run(["git", "-c", "core.fsmonitor=false", "status"], cwd=hostile, capture_output=True)
    assert ran.exists(), "git itself runs them"
    ran.unlink()

    for words in ([], ["--staged"], ["--since", "HEAD^"]):
        command = [sys.executable, "-m", "gate", "scan", "--root", str(hostile), "--report", "json", *words]
        done = subprocess.run(command, capture_output=True, text=True)
        report = json.loads(done.stdout)
        assert report["checks"][0]["status"] == "completed"
        assert (not ran.exists(), words) == (True, words), ran.read_text()


def test_a_missing_object_is_not_fetched(tmp_path: Path) -> None:
    """A partial clone fetches what it lacks, with whatever program its settings name."""
    root = written(tmp_path / "app", {"a.ts": "words\n"})
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    name = git(root, "rev-parse", "HEAD:a.ts")
    (root / ".git/objects" / name[:2] / name[2:]).unlink()
    git(root, "config", "remote.origin.url", f"ext::sh -c touch% {tmp_path}/ran")
    git(root, "config", "remote.origin.promisor", "true")
    git(root, "config", "protocol.ext.allow", "always")
    git(root, "config", "core.repositoryFormatVersion", "1")
    git(root, "config", "extensions.partialClone", "origin")
    subprocess.run(["git", "cat-file", "-p", name], cwd=root, capture_output=True)
    assert (tmp_path / "ran").exists(), "git itself runs it"
    (tmp_path / "ran").unlink()

    found = Scanned(root)

    assert ("not in this clone" in found.problem or "git cannot read" in found.problem) is True
    assert not (tmp_path / "ran").exists()


def hidden_by_a_replacement(root: Path) -> None:
    clean = git(root, "hash-object", "-w", "a.ts")
    git(root, "replace", git(root, "rev-parse", "HEAD^:old.env"), clean)


def hidden_by_a_graft(root: Path) -> None:
    written(root, {".git/info/grafts": git(root, "rev-parse", "HEAD") + "\n"})


def hidden_in_an_alternate(root: Path) -> None:
    """The objects lie in a folder beside the repository."""
    (root / ".git/objects").rename(root.parent / "objects")
    written(root, {".git/objects/info/alternates": f"{root.parent}/objects\n"})


@pytest.mark.parametrize("hide", [hidden_by_a_replacement, hidden_by_a_graft, hidden_in_an_alternate])
def test_the_history_cannot_be_hidden(tmp_path: Path, hide: Callable[[Path], None]) -> None:
    root = written(tmp_path / "app", {"a.ts": "words\n", "old.env": KEY})
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    git(root, "rm", "-q", "old.env")
    git(root, "commit", "-qm", "second")
    hide(root)

    assert Scanned(root).past == [("old.env", 1)]


def test_special_files_and_ways_out(tmp_path: Path) -> None:
    root = written(tmp_path / "root", {"a.env": KEY, "dist/b.js": KEY})
    outside = written(tmp_path / "outside", {"c.env": KEY})
    os.mkfifo(root / "dist/pipe")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(root)  # the name of a socket must be short
        server.bind("socket")
        os.chdir(here)
    (root / "out").symlink_to(outside)
    (root / "dist/out").symlink_to(outside)
    (root / "dist/up").symlink_to("..")
    (root / "zero").symlink_to("/dev/zero")
    (root / "file.env").symlink_to(outside / "c.env")
    git(root, "init", "-q")
    git(root, "add", "-f", "file.env", "zero")
    written(root, {".gitignore": "file.env\nzero\n"})

    found = Scanned(root)

    assert (found.paths, found.problem, found.past) == (["a.env", "dist/b.js"], "", [])


def test_a_file_that_is_larger_than_memory(tmp_path: Path) -> None:
    """4 GB, nearly all of it a hole, with keys at its beginning, across the border of two pieces, and at its end."""
    with (tmp_path / "sparse.bin").open("wb") as file:
        for offset in (0, (4 << 20) - 100, (4 << 30) - 2000):
            file.seek(offset)
            file.write(filled(KEY).encode())

    found = Scanned(tmp_path)

    assert [(path, line) for path, line, _ in found.met] == [("sparse.bin", 1), ("sparse.bin", 2), ("sparse.bin", 3)]
    assert found.examined == 1


def peak(root: Path, *words: str) -> tuple[int, dict[str, object]]:
    """The most memory in MB that a scan or a program of its takes, and what it says."""
    code = (
        "import re, resource, sys\nfrom pathlib import Path\nfrom gate.cli import main\n"
        f"main(['scan', '--root', {str(root)!r}, '--report', 'json', *{words!r}])\n"
        # Not its own ru_maxrss: that begins with what the process had that started it, which is all of the tests.
        "own = int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) >> 10, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return int(done.stderr.split()[-1]), json.loads(done.stdout)


@pytest.mark.parametrize("committed", [False, True])
def test_memory_does_not_grow_with_a_line(tmp_path: Path, committed: bool) -> None:
    """A line of 300 MB, in the tree or in the history."""
    line = (b"const word = other(word); " * 3000)[: 1 << 16]
    with (tmp_path / "one.js").open("wb") as file:
        for _ in range(4800):
            file.write(line)
        file.write(filled('k="{{sb_secret}}"').encode())
    if committed:
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "x")
        (tmp_path / "one.js").write_text("words")

    used, report = peak(tmp_path)

    assert [finding["place"]["column"] for finding in report["findings"]] == [4800 * (1 << 16) + 4]  # type: ignore[attr-defined]
    assert used < 200


def test_words_everywhere_fill_no_memory(tmp_path: Path) -> None:
    """Two million words, each of which could begin a key."""
    (tmp_path / "a.txt").write_bytes(b"r8_ " * 500_000 + b"eyJhbGciOi." * 500_000)
    used, report = peak(tmp_path)

    assert (report["exit_code"], used < 200) == (0, True)


@pytest.mark.parametrize("changes", [Staged(), None])
def test_links_are_not_followed_in_what_is_new(tmp_path: Path, changes: Staged | None) -> None:
    root = written(tmp_path / "root", {"a.ts": "words\n"})
    written(tmp_path, {"outside.env": KEY})
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    (root / "link.env").symlink_to(tmp_path / "outside.env")
    git(root, "add", "-A")
    if changes is None:
        git(root, "commit", "-qm", "second")

    found = list(ScanNewer(changes or since(root, "HEAD^")).subjects(Context(load_config(root))))

    assert found == []
