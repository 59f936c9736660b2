"""What a scan remembers spares it reading, and hides nothing: neither what changed nor what was found before."""

import os
import time
from pathlib import Path

import pytest

from gate.scan import remembered
from gate.scan.fakes import filled
from gate.store import cache_folder
from tests.repositories import git
from tests.scan.project import KEY, Scanned, written


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with keys in the tree and in the past, and everything else clean."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(remembered, "cache_folder", cache_folder)
    root = written(
        tmp_path / "app", {"old.env": KEY, "a.ts": "words\n", "b.ts": "more words\n", "c.ts": "still more\n"}
    )
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    git(root, "rm", "-q", "old.env")
    written(root, {"new.env": KEY, "next.config.js": "module.exports = { env: { K: process.env.SERVICE_ROLE_KEY } }\n"})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    for path in root.glob("*.*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    git(root, "status")  # notes the times, so that the files need not be looked into again
    later(root)
    return root


def later(root: Path) -> None:
    """As if git had noted the times some seconds later; a test need not wait for that."""
    now = time.time() + 9
    os.utime(root / ".git/index", (now, now))


def seen(root: Path) -> tuple[list[str], list[tuple[str | None, int]], int, str]:
    found = Scanned(root)
    return found.paths, found.past, found.examined, found.problem


def spared(root: Path) -> tuple[int, int]:
    evidence = Scanned(root).context.evidence
    return evidence["files_remembered"], evidence["objects_remembered"]


def cache(root: Path) -> list[Path]:
    return [path for path in (root.parent / "cache").rglob("*") if path.is_file()]


def test_the_second_run_says_the_same_and_reads_less(root: Path) -> None:
    assert spared(root) == (0, 0)
    first = seen(root)

    assert first == (["new.env"], [("old.env", 1)], 5, "")
    assert (spared(root), seen(root)) == (
        (3, 6),
        first,
    )  # three files; as many blobs, one with a name in it, two commits


def test_the_cache_holds_no_part_of_a_key_and_no_name_of_what_holds_one(root: Path) -> None:
    seen(root)
    held = cache(root)[0].read_bytes()
    keys = [(root / "new.env").read_text().strip(), git(root, "show", "HEAD^:old.env").strip()]
    ids = [git(root, "rev-parse", name) for name in ("HEAD:new.env", "HEAD^:old.env")]

    assert len(cache(root)) == 1
    assert [key for key in keys for start in range(0, len(key) - 6, 3) if key[start : start + 6].encode() in held] == []
    assert [name for name in ids if bytes.fromhex(name) in held] == []
    assert bytes.fromhex(git(root, "rev-parse", "HEAD:a.ts")) in held


def changed_in_place(root: Path) -> None:
    """With the same size and the same time of writing."""
    key = filled("{{sb_secret}}")
    (root / "a.ts").write_text("x" * len(key))
    git(root, "commit", "-qam", "x")
    os.utime(root / "a.ts", (1_700_000_000, 1_700_000_000))
    git(root, "status")
    seen(root)  # git has noted the times in this very second, and would see no difference
    (root / "a.ts").write_text(key)
    os.utime(root / "a.ts", (1_700_000_000, 1_700_000_000))


def changed_behind_a_flag(root: Path) -> None:
    git(root, "update-index", "--assume-unchanged", "a.ts")
    written(root, {"a.ts": KEY})


def changed_outside_of_a_sparse_tree(root: Path) -> None:
    git(root, "update-index", "--skip-worktree", "a.ts")
    written(root, {"a.ts": KEY})


def changed_behind_a_filter(root: Path) -> None:
    """The folder holds the key; what git would store for it is what it has."""
    written(root, {".git/info/attributes": "a.ts filter=hide\n", "a.ts": KEY})
    git(root, "config", "filter.hide.clean", "printf 'words\\n'")
    git(root, "add", "a.ts")


def changed_while_times_are_not_trusted(root: Path) -> None:
    git(root, "config", "core.checkStat", "minimal")
    git(root, "config", "core.trustctime", "false")
    changed_in_place(root)


@pytest.mark.parametrize(
    "change",
    [
        changed_in_place,
        changed_behind_a_flag,
        changed_outside_of_a_sparse_tree,
        changed_behind_a_filter,
        changed_while_times_are_not_trusted,
    ],
)
def test_a_key_that_came_since(root: Path, change: object) -> None:
    seen(root)
    assert callable(change)
    change(root)

    assert seen(root)[0] == ["a.ts", "new.env"]


def test_a_key_in_a_new_commit_and_in_a_new_file(root: Path) -> None:
    seen(root)
    written(root, {"d.env": KEY, "e.env": KEY})
    git(root, "add", "d.env")
    git(root, "commit", "-qm", "third")
    git(root, "rm", "-q", "d.env")

    assert seen(root)[:2] == (["e.env", "new.env"], [("d.env", 1), ("old.env", 1)])


def test_a_file_that_exposes_a_name_is_read_again(root: Path) -> None:
    seen(root)
    written(root, {"b.ts": "other\n"})

    assert Scanned(root).exposed == ["next.config.js"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "nothing", "words"])
def test_a_damaged_cache_is_ignored(root: Path, damage: str) -> None:
    first = seen(root)
    path = cache(root)[0]
    content = path.read_bytes()
    written = {"cut": content[:50], "flipped": content[:-1] + b"\x01", "nothing": b"", "words": b"[20, 1]\n" * 9}
    path.write_bytes(written[damage])

    assert (spared(root), seen(root)) == ((0, 0), first)


def test_another_scanner_does_not_believe_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(root)
    monkeypatch.setattr(remembered, "code_in", lambda _: ["another.py 1 1"])

    assert spared(root) == (0, 0)


def test_nothing_is_kept_in_ci(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    seen(root)

    assert (spared(root), cache(root)) == ((0, 0), [])


def test_an_unreadable_folder_is_said_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when only its neighbours are left out."""
    seen(root)
    (root / "closed").mkdir()
    (root / "closed").chmod(0)
    read = os.access(root / "closed", os.R_OK)
    problem = Scanned(root).problem
    (root / "closed").chmod(0o700)

    assert (problem == "") == read
