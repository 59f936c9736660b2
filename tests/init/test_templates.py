"""Files for platforms: each is what it claims to be, calls only commands that exist, and does what it says where it can run here."""

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate.cli import main
from gate.init.templates import PLATFORMS, platform_template
from gate.scan.fakes import filled
from tests.processes import ROOT

SOUND = "create table public.notes (id uuid primary key);\nalter table public.notes enable row level security;\n"
OPEN = "create table public.notes (id uuid primary key);\n"
PARSERS: dict[str, Callable[[str], Any]] = {
    ".yml": yaml.safe_load,
    ".yaml": yaml.safe_load,
    ".toml": tomllib.loads,
    ".json": json.loads,
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_template_is_what_its_name_says_and_is_shown(platform: str, capsys: pytest.CaptureFixture[str]) -> None:
    parse = PARSERS.get(Path(PLATFORMS[platform][0]).suffix)
    text = platform_template(platform)

    assert parse is None or parse(text)
    assert main(["init", platform]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_command_in_a_template_exists(platform: str) -> None:
    text = re.sub(r"^\s*#.*$", "", platform_template(platform), flags=re.MULTILINE)
    commands = set(re.findall(r"\bgate (run|audit|scan|rls|certify|verify|\w+)\b", text)) - {"audit", "scan"}
    scripts = set(re.findall(r"scripts/[\w.-]+", text))

    assert commands <= {"run", "certify", "verify"}
    assert all((ROOT / script).exists() for script in scripts)


WORKFLOWS = (
    "gate/init/templates/github.yml",
    ".github/workflows/gate.yml",
    ".github/workflows/release.yml",
    "action.yml",
)


def test_the_workflows_have_no_known_weakness(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for number, name in enumerate(WORKFLOWS):
        target = tmp_path / "action.yml" if name == "action.yml" else folder / f"{number}.yml"
        target.write_text((ROOT / name).read_text())
    zizmor = [
        str(Path(sys.executable).parent / "zizmor"),
        "--offline",
        "--no-progress",
        "--format",
        "plain",
        str(tmp_path),
    ]
    done = subprocess.run(zizmor, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "0.yml").write_text(
        (folder / "0.yml").read_text().replace("persist-credentials: false", "fetch-tags: true")
    )
    assert subprocess.run(zizmor, capture_output=True, check=False).returncode > 0, "it would notice"


@pytest.mark.parametrize("name", WORKFLOWS[:2])
@pytest.mark.parametrize(
    ("judge", "certify", "wanted", "passes"),
    [
        ("success", "success", "true", True),
        ("success", "skipped", "false", True),
        ("success", "skipped", "true", False),
        ("success", "failure", "true", False),
        ("failure", "success", "true", False),
        ("skipped", "skipped", "false", False),
        ("cancelled", "skipped", "false", False),
    ],
)
def test_the_job_to_require_passes_only_when_everything_did(
    name: str, judge: str, certify: str, wanted: str, passes: bool
) -> None:
    workflow: Any = yaml.safe_load((ROOT / name).read_text())
    job = workflow["jobs"]["gate"]
    said = {"JUDGE": judge, "CERTIFY": certify, "ON_MAIN": wanted, "WANTED": wanted}
    done = subprocess.run(["bash", "-e", "-c", job["steps"][0]["run"]], env=os.environ | said, check=False)

    assert job["if"] == "always()"
    assert (done.returncode == 0) == passes


def project(root: Path, sql: str) -> None:
    (root / "supabase/migrations").mkdir(parents=True, exist_ok=True)
    (root / "supabase/migrations/20260101_a.sql").write_text(sql)
    (root / "gate.toml").write_text('required = ["audit", "scan"]\n')


def git(root: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    name = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
        "PATH": f"{root.parent}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(root.parent / "pre-commit"),
    }
    return subprocess.run(
        ["git", *name, *words], cwd=root, check=check, capture_output=True, text=True, env=surroundings
    )


@pytest.fixture
def pushed(tmp_path: Path) -> Path:
    """A repository with a remote that it can push to, and a gate on the path."""
    (tmp_path / "bin").mkdir()
    gate = tmp_path / "bin/gate"
    gate.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m gate "$@"\n')
    gate.chmod(0o755)
    root = tmp_path / "app"
    project(root, SOUND)
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote.git")], check=True)
    git(root, "init", "-q", "-b", "main")
    git(root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    return root


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")


def test_the_git_hook_stops_a_push_with_findings_and_no_deletion(pushed: Path) -> None:
    hook = pushed / ".git/hooks/pre-push"
    hook.write_text(platform_template("pre-push"))
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    commit(pushed)
    assert git(pushed, "push", "-q", "origin", "main", "main:old", check=False).returncode == 0

    project(pushed, OPEN)
    commit(pushed)
    stopped = git(pushed, "push", "-q", "origin", "main", check=False)
    assert (stopped.returncode, "rls-disabled" in stopped.stdout + stopped.stderr) == (1, True)
    assert git(pushed, "push", "-q", "origin", ":old", check=False).returncode == 0, "a deletion is not judged"


def test_the_git_hook_searches_every_commit_that_is_new_there(pushed: Path) -> None:
    hook = pushed / ".git/hooks/pre-push"
    hook.write_text(platform_template("pre-push"))
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    commit(pushed)
    assert git(pushed, "push", "-q", "origin", "main", check=False).returncode == 0

    (pushed / "a.env").write_text(filled("KEY={{service_role_jwt}}\n"))
    commit(pushed)
    (pushed / "a.env").unlink()
    commit(pushed)
    stopped = git(pushed, "push", "-q", "origin", "main:new", check=False)
    assert (stopped.returncode, "key-in-history" in stopped.stdout + stopped.stderr) == (1, True)


def test_pre_commit_searches_what_is_staged(pushed: Path) -> None:
    (pushed / ".pre-commit-config.yaml").write_text(platform_template("pre-commit"))
    commit(pushed)
    subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=pushed, check=True, capture_output=True)
    (pushed / "a.env").write_text(filled("KEY={{service_role_jwt}}\n"))
    git(pushed, "add", "a.env")
    (pushed / "a.env").write_text("KEY=\n")

    stopped = git(pushed, "commit", "-qm", "x", check=False)
    assert (stopped.returncode, "service-role-key-in-tree" in stopped.stdout + stopped.stderr) == (1, True)
    git(pushed, "add", "a.env")
    assert git(pushed, "commit", "-qm", "x", check=False).returncode == 0


@pytest.mark.parametrize("source", ["template", "hooks of the repository"])
def test_pre_commit_runs_the_checks(pushed: Path, source: str) -> None:
    if source == "template":
        text = platform_template("pre-commit")
    else:
        # What a project that names this repository gets, with the commands that are on the path here.
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        local = [hook | {"language": "system"} for hook in hooks]
        text = yaml.safe_dump({"repos": [{"repo": "local", "hooks": local}]})
    (pushed / ".pre-commit-config.yaml").write_text(text)
    commit(pushed)
    run = [sys.executable, "-m", "pre_commit", "run", "--hook-stage", "pre-push", "--all-files"]
    surroundings = os.environ | {
        "PATH": f"{pushed.parent}/bin:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(pushed.parent / "pre-commit"),
    }

    assert subprocess.run(run, cwd=pushed, env=surroundings, check=False).returncode == 0
    project(pushed, OPEN)
    assert subprocess.run(run, cwd=pushed, env=surroundings, check=False).returncode == 1


def test_the_action_says_its_verdict_and_its_code(tmp_path: Path) -> None:
    """The steps of the composite action, run as the runner runs them."""
    action: Any = yaml.safe_load((ROOT / "action.yml").read_text())
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "gate")
    program = tmp_path / "gate/bin/gate"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m gate "$@"\n')
    program.chmod(0o755)
    told = {}
    for sql in (SOUND, OPEN):
        project(tmp_path / "app", sql)
        output = tmp_path / "output"
        output.write_text("")
        said = {"RUNNER_TEMP": str(tmp_path), "ROOT": "app", "REPORT": "gate.json", "GITHUB_OUTPUT": str(output)}
        done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=os.environ | said, check=False)
        told[done.returncode] = output.read_text().split()

    assert told == {0: ["code=0", "verdict=GO"], 1: ["code=1", "verdict=NO-GO"]}
