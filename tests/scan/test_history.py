"""What git keeps is searched: every reachable object once, and what cannot be reached is said."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.exam.containers import zipped
from gate.scan.fakes import FAKES, filled
from gate.scan.globs import matcher
from tests.repositories import git
from tests.scan.project import KEY, Scanned, written


def commit(root: Path, message: str = "a change") -> str:
    git(root, "add", "-A")
    git(root, "commit", "--allow-empty", "-m", message)
    return said(root, "rev-parse", "HEAD")


def said(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def begun(root: Path) -> Path:
    written(root, {"a.ts": "words\n"})
    git(root, "init")
    commit(root, "first")
    return root


def test_a_key_that_was_taken_out(tmp_path: Path) -> None:
    root = begun(tmp_path)
    written(root, {"web/.env": f"A=1\n{KEY}"})
    introduced = commit(root)
    written(root, {"web/.env": "A=1\nKEY=\n"})
    commit(root)
    written(root, {"web/.env": "A=2\nKEY=\n"})
    commit(root)

    found = Scanned(root)

    assert (found.paths, found.problem, found.unjudged) == ([], "", [])
    assert [(key.commit, key.path, key.secret.line, key.secret.column) for key in found.former] == [
        (introduced, "web/.env", 2, 5)
    ]


def test_a_key_that_is_still_there_is_told_of_once(tmp_path: Path) -> None:
    root = begun(tmp_path)
    key = filled(KEY)
    written(root, {"old.env": key})
    commit(root)
    (root / "old.env").unlink()
    written(root, {"new.env": f"A=1\n{key}"})
    commit(root)

    found = Scanned(root)

    assert (found.paths, found.past) == (["new.env"], [])


def test_a_key_in_many_versions_is_told_of_once(tmp_path: Path) -> None:
    root = begun(tmp_path)
    key = filled(KEY)
    versions = []
    for number in range(5):
        written(root, {"a.env": f"A={number}\n{key}"})
        versions.append(commit(root))
    (root / "a.env").unlink()
    commit(root)

    assert [(one.commit, one.path) for one in Scanned(root).former] == [(versions[0], "a.env")]


def hidden_in_a_branch(root: Path) -> None:
    git(root, "checkout", "-b", "side")
    written(root, {"b.env": KEY})
    commit(root)
    git(root, "checkout", "main")


def hidden_in_a_stash(root: Path) -> None:
    written(root, {"a.ts": KEY})
    git(root, "stash")


def hidden_in_an_older_stash(root: Path) -> None:
    hidden_in_a_stash(root)
    written(root, {"a.ts": "other\n"})
    git(root, "stash")


def hidden_among_untracked_of_a_stash(root: Path) -> None:
    written(root, {"new.env": KEY})
    git(root, "stash", "--include-untracked")


def hidden_in_the_reflog(root: Path) -> None:
    written(root, {"b.env": KEY})
    commit(root)
    git(root, "reset", "--hard", "HEAD^")


def hidden_by_an_amendment(root: Path) -> None:
    written(root, {"b.env": KEY})
    commit(root)
    git(root, "rm", "b.env")
    git(root, "commit", "--amend", "--allow-empty", "-m", "clean")


def hidden_in_the_index(root: Path) -> None:
    written(root, {"b.env": KEY})
    git(root, "add", "b.env")
    (root / "b.env").unlink()


def hidden_in_a_merge(root: Path) -> None:
    git(root, "checkout", "-b", "side")
    commit(root)
    git(root, "checkout", "main")
    git(root, "merge", "--no-ff", "--no-commit", "side")
    written(root, {"b.env": KEY})
    commit(root)
    git(root, "rm", "b.env")
    commit(root)


def hidden_in_a_message(root: Path) -> None:
    commit(root, filled(f"fix\n\nwith {KEY}"))


def hidden_in_a_tags_message(root: Path) -> None:
    git(root, "tag", "-a", "v1", "-m", filled(KEY))


def hidden_in_a_note(root: Path) -> None:
    git(root, "notes", "add", "-m", filled(KEY))


@pytest.mark.parametrize(
    "hide",
    [
        hidden_in_a_branch,
        hidden_in_a_stash,
        hidden_in_an_older_stash,
        hidden_among_untracked_of_a_stash,
        hidden_in_the_reflog,
        hidden_by_an_amendment,
        hidden_in_the_index,
        hidden_in_a_merge,
        hidden_in_a_message,
        hidden_in_a_tags_message,
        hidden_in_a_note,
    ],
)
def test_wherever_git_keeps_it(tmp_path: Path, hide: Callable[[Path], None]) -> None:
    root = begun(tmp_path)
    assert Scanned(root).past == []

    hide(root)
    found = Scanned(root)

    assert (len(found.former), found.paths, found.problem) == (1, [], "")


def test_packed_objects_and_clothing(tmp_path: Path) -> None:
    root = begun(tmp_path)
    key = FAKES["sb_secret"]()
    written(root, {"a.js": f'const a = 1;\nconst k = "{key[:20]}" +\n  "{key[20:]}";\n', "utf16.txt": KEY.encode()})
    (root / "utf16.txt").write_bytes(filled(KEY).encode("utf-16"))
    commit(root)
    git(root, "rm", "a.js", "utf16.txt")
    commit(root)
    git(root, "gc", "--quiet")

    assert Scanned(root).past == [("a.js", 2), ("utf16.txt", 1)]


def test_only_what_concerns_the_folder(tmp_path: Path) -> None:
    root = begun(tmp_path)
    written(root, {"web/a.env": KEY, "api/b.env": KEY, "web/c.ts": "words"})
    commit(root)
    git(root, "rm", "web/a.env", "api/b.env")
    commit(root)

    assert Scanned(root / "web").past == [("a.env", 1)]
    assert len(Scanned(root).past) == 2


def test_exclusions_hold_for_the_past(tmp_path: Path) -> None:
    root = begun(tmp_path)
    written(root, {"docs/a.env": KEY, "node_modules/x/b.env": KEY, "c.env": KEY})
    commit(root)
    git(root, "rm", "-r", "docs", "node_modules", "c.env")
    written(root, {"pyproject.toml": '[tool.gate]\nscan_exclude = ["docs/**"]\n'})
    commit(root)

    assert Scanned(root).past == [("c.env", 1)]


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("docs/**", "docs/a/b.md", "src/docs/a.md"),
        ("*.snap", "a/b.snap", "a/b.snap2"),
        ("/dist/vendor/**", "dist/vendor/a.js", "a/dist/vendor/a.js"),
        ("**/tmp/**", "a/tmp/b", "a/tmp2/b"),
        ("fixtures", "a/fixtures/b", "a/fixtures2"),
        ("a?c.[!x]s", "abc.ts", "abc.xs"),
        ("a/*/c", "a/b/c", "a/b/d/c"),
    ],
)
def test_globs(glob: str, yes: str, no: str) -> None:
    meant = matcher([glob])

    assert (meant(yes), meant(no), matcher([])(yes)) == (True, False, False)


def test_a_shallow_clone_is_incomplete(tmp_path: Path) -> None:
    root = begun(tmp_path / "whole")
    written(root, {"a.env": KEY})
    commit(root)
    git(root, "rm", "a.env")
    commit(root)
    git(tmp_path, "clone", "--depth", "1", root.as_uri(), "shallow")

    found = Scanned(tmp_path / "shallow")

    assert found.problem == "the clone is shallow, so that older commits are not here: git fetch --unshallow"
    assert len(Scanned(root).former) == 1


def test_a_missing_object_is_incomplete(tmp_path: Path) -> None:
    root = begun(tmp_path)
    blob = said(root, "rev-parse", "HEAD:a.ts")
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()

    assert Scanned(root).problem


def test_pointers_and_submodules_are_said(tmp_path: Path) -> None:
    inner = begun(tmp_path / "inner")
    root = begun(tmp_path / "outer")
    written(root, {"big.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 9\n"})
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", inner.as_uri(), "lib")
    commit(root)

    found = Scanned(root)

    assert sorted(found.unjudged) == [
        ("1 LFS pointers", "what they point to is kept elsewhere"),
        ("lib", "a submodule: a repository of its own, to be scanned there"),
    ]
    assert found.problem == ""


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    written(tmp_path, {"a.env": KEY})
    git(tmp_path, "init")

    found = Scanned(tmp_path)

    assert (found.paths, found.past, found.problem) == (["a.env"], [], "")


def test_a_long_history_is_quick(tmp_path: Path) -> None:
    """A thousand commits, written by one stream: neither a diff nor a process for each."""
    git(tmp_path, "init")
    key = filled(KEY)
    stream = ["blob\nmark :1\ndata 2\nx\n"]
    for number in range(1000):
        text = f"{number}\n" + "words and more words\n" * 500 + (key if number == 400 else "")
        stream.append(
            f"commit refs/heads/main\ncommitter n <n@example.com> {1_700_000_000 + number} +0000\ndata 1\nx\n"
            f"M 100644 inline f{number % 50}.txt\ndata {len(text)}\n{text}\n"
        )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=tmp_path, input="".join(stream).encode(), check=True)

    began = time.monotonic()
    found = Scanned(tmp_path)

    assert found.past == [("f0.txt", 502)]
    assert time.monotonic() - began < 10


def test_archives_of_the_past_are_opened(tmp_path: Path) -> None:
    root = begun(tmp_path)
    (root / "release.zip").write_bytes(zipped({"in/b.env": b"A=1\n" + filled(KEY).encode()}))
    (root / "broken.zip").write_bytes(zipped({"in/b.env": b"words"})[:-30])
    introduced = commit(root)
    git(root, "rm", "release.zip", "broken.zip")
    commit(root)

    found = Scanned(root)

    assert [(key.commit, key.path, key.secret.line) for key in found.former] == [
        (introduced, "release.zip!in/b.env", 2)
    ]
    assert found.unjudged == [
        ("broken.zip in the history", "not opened: damaged, or no archive for all its beginning"),
    ]
