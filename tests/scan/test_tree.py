"""Which files are searched: what is committed or ships, and not what stays on a desk."""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gate.scan.ripgrep import program
from tests.repositories import git
from tests.scan.project import KEY, Scanned, written


def test_a_folder_without_git(tmp_path: Path) -> None:
    found = Scanned(written(tmp_path, {"a.env": KEY, "deep/er/still/b.ts": KEY, "c.md": "words", "empty": ""}))

    assert found.paths == ["a.env", "deep/er/still/b.ts"]
    assert found.examined == 4
    assert (found.problem, found.unjudged) == ("", [])


def test_hidden_files_and_folders(tmp_path: Path) -> None:
    assert Scanned(written(tmp_path, {".env": KEY, ".github/workflows/ci.yml": KEY})).paths == [
        ".env",
        ".github/workflows/ci.yml",
    ]


def test_a_binary_file_is_searched_to_its_end(tmp_path: Path) -> None:
    root = written(tmp_path, {"a.env": KEY})
    written(tmp_path, {"app.wasm": b"\0asm\0\xff" * 20_000 + (root / "a.env").read_bytes() + b"\0" * 9})
    written(tmp_path, {"utf16.txt": (root / "a.env").read_text().encode("utf-16")})

    assert Scanned(root).paths == ["a.env", "app.wasm", "utf16.txt"]


def test_what_git_ignores_stays_on_the_desk(tmp_path: Path) -> None:
    found = Scanned(written(tmp_path, {".gitignore": ".env\nnotes/\n", ".env": KEY, "notes/a.md": KEY, "b.ts": KEY}))

    assert found.paths == ["b.ts"]
    assert found.examined == 2


@pytest.mark.parametrize(
    "folder",
    [
        "dist",
        "build",
        "out",
        ".next",
        ".nuxt",
        ".output",
        "public",
        "www",
        "_site",
        ".vercel/output",
        ".svelte-kit/output",
    ],
)
@pytest.mark.parametrize("above", ["", "apps/web/", "packages/a/b/c/d/", "app/[id]/(group)/"])
def test_build_output_ships_at_any_depth_though_git_ignores_it(tmp_path: Path, above: str, folder: str) -> None:
    name = f"{above}{folder}/assets/index.js"
    found = Scanned(written(tmp_path, {".gitignore": f"{folder.partition('/')[0]}\n*.js\n", name: KEY, "a.js": KEY}))

    assert found.paths == [name]
    assert found.examined == 2


@pytest.mark.parametrize(
    "name",
    [
        "node_modules/a/index.js",
        "packages/a/node_modules/b/dist/index.js",
        ".venv/lib/a.py",
        "__pycache__/a.pyc",
        ".git/config",
        ".next/cache/webpack/0.pack",
        "apps/web/.next/cache/a",
    ],
)
def test_what_is_never_searched(tmp_path: Path, name: str) -> None:
    found = Scanned(written(tmp_path, {name: KEY, "a.md": "words"}))

    assert (found.paths, found.examined) == ([], 1)


def test_packages_that_ship_with_a_server_build_are_searched(tmp_path: Path) -> None:
    name = ".output/server/node_modules/b/index.js"

    assert Scanned(written(tmp_path, {".gitignore": ".output\n", name: KEY})).paths == [name]


def test_what_the_machine_s_owner_ignores_everywhere_is_searched_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "home", {".config/git/ignore": ".env\n"})
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home/.config"))

    assert Scanned(written(tmp_path / "project", {".env": KEY})).paths == [".env"]


@pytest.mark.parametrize("name", [".vercel/.env.production.local", ".svelte-kit/ambient.d.ts"])
def test_beside_the_output_nothing_ships(tmp_path: Path, name: str) -> None:
    found = Scanned(written(tmp_path, {".gitignore": ".vercel\n.svelte-kit\n", name: KEY}))

    assert found.paths == []


def test_build_output_that_is_committed_is_counted_once(tmp_path: Path) -> None:
    found = Scanned(written(tmp_path, {"public/a.js": KEY, "b.ts": "", "dist/build/c.js": KEY}))

    assert found.paths == ["dist/build/c.js", "public/a.js"]
    assert found.examined == 3


def test_a_committed_file_is_searched_though_an_ignore_rule_names_it(tmp_path: Path) -> None:
    """The key was committed before the rule was written, or by force: it is in every clone."""
    written(tmp_path, {".env": KEY, "desk.env": KEY, "dist/a.js": KEY, "a.ts": "words"})
    git(tmp_path, "init")
    git(tmp_path, "add", ".env", "dist/a.js", "a.ts")
    git(tmp_path, "commit", "-m", "first")
    written(tmp_path, {".gitignore": "*.env\ndist\n"})

    found = Scanned(tmp_path)

    assert found.paths == [".env", "dist/a.js"]
    assert found.examined == 4


def test_a_committed_file_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    written(tmp_path, {"web/.env": KEY, "web/a.ts": "words", "api/.env": KEY})
    git(tmp_path, "init")
    git(tmp_path, "add", "-A")
    written(tmp_path, {".gitignore": ".env\n", "web/desk/.env": KEY})

    assert Scanned(tmp_path / "web").paths == [".env"]


def test_a_hook_that_names_another_repository_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, {".env": KEY})
    git(tmp_path, "init")
    git(tmp_path, "add", "-f", ".env")
    written(tmp_path, {".gitignore": ".env\n"})
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent")

    assert Scanned(tmp_path).paths == [".env"]


def test_a_repository_starts_no_program(tmp_path: Path) -> None:
    """A hostile repository names a program that git would run to learn what has changed."""
    written(tmp_path, {"a.ts": "words"})
    git(tmp_path, "init")
    git(tmp_path, "add", "a.ts")
    git(tmp_path, "config", "core.fsmonitor", f"touch {tmp_path}/started; false")

    Scanned(tmp_path)

    assert not (tmp_path / "started").exists()


def test_a_broken_repository_makes_it_incomplete(tmp_path: Path) -> None:
    written(tmp_path, {".git/HEAD": "nothing", "a.env": KEY})

    found = Scanned(tmp_path)

    assert found.paths == ["a.env"]
    assert found.problem == "1 file could not be read: what is in there is unknown"
    assert found.unjudged[0][0] == ".git"


def test_without_git_a_repository_cannot_be_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "repository", {".git/HEAD": "ref: refs/heads/main", "a.ts": "words"})
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/rg").symlink_to(program())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    found = Scanned(tmp_path / "repository")

    assert found.unjudged == [(".git", "git is not installed, so it is not known which ignored files are committed")]
    assert found.problem


def test_ignore_files_above_count_inside_one_repository_only(tmp_path: Path) -> None:
    written(tmp_path, {".gitignore": "*.env\n", "alone/a.env": KEY, "repository/apps/web/a.env": KEY})
    assert Scanned(tmp_path / "alone").paths == ["a.env"]

    git(tmp_path / "repository", "init")
    assert Scanned(tmp_path / "repository").paths == ["apps/web/a.env"]
    written(tmp_path, {"repository/.gitignore": "*.env\n"})
    assert Scanned(tmp_path / "repository/apps/web").paths == []


@pytest.mark.parametrize("name", [".ignore", ".rgignore"])
def test_ignore_files_of_search_tools_do_not_count(tmp_path: Path, name: str) -> None:
    """They do not keep a file from being committed."""
    assert Scanned(written(tmp_path, {name: "*\n", "a.env": KEY})).paths == ["a.env"]


def test_a_setting_of_ripgrep_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, {"a.env": KEY, "rc": "--glob=!*.env\n"})
    monkeypatch.setenv("RIPGREP_CONFIG_PATH", str(tmp_path / "rc"))

    assert Scanned(tmp_path).paths == ["a.env"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = written(tmp_path / "elsewhere", {"a.env": KEY})
    root = written(tmp_path / "root", {"b.env": KEY})
    (root / "public").symlink_to(elsewhere)
    (root / "link.env").symlink_to(elsewhere / "a.env")
    (root / "same.env").symlink_to("b.env")
    (root / "nowhere").symlink_to("gone")
    (root / "loop").symlink_to(".")

    found = Scanned(root)

    assert (found.paths, found.problem) == (["b.env"], "")


def test_the_projects_own_exclusions(tmp_path: Path) -> None:
    settings = '[tool.gate]\nscan_exclude = ["docs/**", "*.snap", "/dist/vendor/**"]\n'
    files = {"docs/a.md": KEY, "src/a.snap": KEY, "src/docs/a.md": KEY, "dist/vendor/a.js": KEY, "dist/b.js": KEY}

    assert Scanned(written(tmp_path, {"pyproject.toml": settings, **files})).paths == ["dist/b.js", "src/docs/a.md"]


def test_odd_names(tmp_path: Path) -> None:
    names = ["with space/ä.env", "new\nline.env", "quo'te\".env", "-dash.env", "dist/[x]/{y}/!z.js"]
    written(tmp_path, dict.fromkeys(names, KEY))
    (tmp_path / os.fsdecode(b"latin\xe4.env")).write_bytes((tmp_path / names[0]).read_bytes())

    found = Scanned(tmp_path)

    assert found.paths == sorted([*names, "latin\udce4.env"])


def test_a_fifo_does_not_hang_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert Scanned(written(tmp_path, {"a.env": KEY})).paths == ["a.env"]


def test_nothing_to_examine(tmp_path: Path) -> None:
    found = Scanned(tmp_path)

    assert (found.examined, found.problem) == (0, "")


def without_power() -> None:
    """Take root's right to read everything away from a process, so that file modes hold for it."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_an_unreadable_file_is_named_and_leaves_with_3(tmp_path: Path) -> None:
    written(tmp_path, {"a.env": KEY, "locked.env": KEY, "closed/b.env": KEY, "b.ts": "words"})
    (tmp_path / "locked.env").chmod(0)
    (tmp_path / "closed").chmod(0)

    done = subprocess.run(
        [sys.executable, "-m", "gate", "scan", "--root", str(tmp_path), "--report", "json"],
        capture_output=True,
        text=True,
        preexec_fn=without_power if os.geteuid() == 0 else None,
    )
    (tmp_path / "closed").chmod(0o700)
    report = json.loads(done.stdout)
    check = report["checks"][0]

    assert (done.returncode, check["status"]) == (3, "broken")
    assert check["reason"] == "2 files could not be read: what is in there is unknown"
    assert [(item["what"], item["why"]) for item in check["unjudged"]] == [
        ("closed", "Permission denied"),
        ("locked.env", "Permission denied"),
    ]
    assert [finding["place"]["path"] for finding in report["findings"]] == ["a.env"]


def test_an_empty_folder_leaves_with_3(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gate", "scan", "--root", str(tmp_path)], capture_output=True, text=True
    )

    assert done.returncode == 3
    assert "examined nothing" in done.stdout
