"""The doctor, with something really broken each time: it says what, what to do, and never what a variable holds."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.repositories import commit, git


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_json", ".json").replace("_toml", ".toml").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that only audit and scan have to judge."""
    root = tmp_path / "app"
    (root / "supabase/migrations").mkdir(parents=True)
    (root / "supabase/migrations/20260101_a.sql").write_text("select 1;\n")
    write(root, gate_toml='required = ["audit", "scan"]\n')
    git(root, "init", "-q")
    commit(root)
    return root


def doctor(root: Path, *words: str, path: str | None = None, **environment: str) -> tuple[int, str]:
    kept = {"PATH": path or os.environ["PATH"], "HOME": str(root), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gate", "doctor", "--root", str(root), *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env=kept | environment,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def missed(said: str) -> list[dict[str, str]]:
    rows = json.loads(said)["diagnoses"]
    return [row for row in rows if row["state"] == "missing"]


def test_nothing_is_in_the_way_of_a_sound_project(project: Path) -> None:
    code, said = doctor(project)

    assert (code, "nothing is in the way" in said) == (0, True), said


def no_git(root: Path) -> dict[str, str]:
    return {"path": str(root)}


def no_postgres(root: Path) -> dict[str, str]:
    return {"GATE_PG_BIN": str(root)}


def foreign_package(root: Path) -> dict[str, str]:
    """Another distribution that brings a package `gate`, as the index has one."""
    place = root.parent / "site"
    info = place / "gate-0.0.4.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gate\nVersion: 0.0.4\n")
    (info / "top_level.txt").write_text("gate\n")
    (info / "RECORD").write_text("gate/__init__.py,,\n")
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{place}"}


def shallow(root: Path) -> dict[str, str]:
    commit(root)
    (root / ".git/shallow").write_text(git(root, "rev-parse", "HEAD") + "\n")
    return {}


def wrote(**files: str) -> Callable[[Path], dict[str, str]]:
    def deed(root: Path) -> dict[str, str]:
        write(root, **files)
        return {}

    return deed


@pytest.mark.parametrize(
    ("deed", "what", "word"),
    [
        (no_git, "git", "install git"),
        (no_postgres, "postgres", "there is no postgres in that folder"),
        (foreign_package, "package", "pip uninstall gate"),
        (shallow, "repository", "git fetch --unshallow"),
        (wrote(gate_toml="reqired = 1\n"), "configuration", "did you mean 'required'"),
        (wrote(gate_toml='required = ["audit"]\nsupabase = "db"\n'), "migrations", "none in db/migrations"),
        (wrote(gate_toml='required = ["smoke"]\n'), "variable", "REPLICATE_API_TOKEN is not set"),
        (wrote(noxfile_py="def gate(:\n"), "noxfile", "cannot be read"),
        (wrote(vercel_json='{"ignoreCommand": "gate verify"}'), "platform", "inverted"),
        (wrote(netlify_toml='[build]\nignore = "gate verify"\n'), "platform", "inverted"),
        (wrote(**{"gate-keys__a.pub.pem": "no key"}), "keys", "refuse every release"),
    ],
)
def test_what_is_broken_is_named_with_what_to_do(
    project: Path, deed: Callable[[Path], dict[str, str]], what: str, word: str
) -> None:
    code, said = doctor(project, "--json", **deed(project))

    assert code == 3
    assert {row["what"] for row in missed(said)} == {what}
    assert any(word in row["said"] + row["remedy"] for row in missed(said)), said


@pytest.mark.parametrize("text", ["[", '{"ignoreCommand": 1}', "[]"])
def test_a_platform_file_that_cannot_be_read_is_none_of_ours(project: Path, text: str) -> None:
    write(project, vercel_json=text)

    assert doctor(project)[0] == 0


def test_a_variable_is_shown_as_there_and_never_as_what_it_is(project: Path) -> None:
    _, said = doctor(project, REPLICATE_API_TOKEN="canary-of-a-token", GITHUB_ACTIONS="true", GATE_SIGNING_KEY="canary")

    assert "REPLICATE_API_TOKEN is set" in said
    assert "GitHub Actions" in said
    assert "canary" not in said


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("from gate.sessions import register\nregister()\n", "registers the gate's sessions"),
        ("def tests(session): ...\n", "has no session of the gate"),
    ],
)
def test_the_noxfile_is_read_and_not_run(project: Path, text: str, word: str) -> None:
    write(project, noxfile_py=f"{text}open('ran', 'w')\n")
    _, said = doctor(project)

    assert word in said
    assert not (project / "ran").exists()
