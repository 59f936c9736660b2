"""A run split over machines: the plan's own commands, and the reusable workflow's own lines, give the verdict of one run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate.config import load_config
from gate.report.plan import plan, planned
from tests.processes import ROOT
from tests.repositories import OPEN, SOUND, commit, git

WORKFLOW: Any = yaml.safe_load((ROOT / ".github/workflows/gate.yml").read_text())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    (root / "supabase/migrations").mkdir(parents=True)
    (root / "supabase/migrations/20260101_a.sql").write_text(SOUND)
    (root / "gate.toml").write_text('required = ["audit", "scan"]\ntimeouts = {audit = 61}\n')
    (root / ".gitignore").write_text("parts/\n")
    git(root, "init", "-q")
    commit(root)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gate").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m gate "$@"\n')
    (tmp_path / "bin/gate").chmod(0o755)
    return root


def shell(line: str, cwd: Path, **said: str) -> int:
    surroundings = os.environ | {"PATH": f"{cwd.parent}/bin:{cwd}/bin:{os.environ['PATH']}"} | said
    return subprocess.run(["bash", "-e", "-c", line], cwd=cwd, env=surroundings, capture_output=True).returncode


def test_there_is_a_job_for_each_required_check(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text('required = ["smoke", "audit", "smoke"]\ntimeouts = {audit = 61}\n')
    jobs = planned(load_config(tmp_path))

    assert [(job.words, job.report, job.minutes) for job in jobs] == [
        ("smoke run-all", "smoke.json", 15),
        ("audit", "audit.json", 7),
    ]


def test_the_matrix_is_one_line_that_holds_nothing_but_jobs(project: Path) -> None:
    told = plan(project, as_json=True)

    assert "\n" not in told
    assert list(json.loads(told)) == ["include"]


@pytest.mark.parametrize(("sql", "left_out", "code"), [(SOUND, "", 0), (OPEN, "", 1), (SOUND, "gate scan", 3)])
def test_the_plan_s_lines_give_the_verdict(project: Path, sql: str, left_out: str, code: int) -> None:
    (project / "supabase/migrations/20260101_a.sql").write_text(sql)
    lines = [line for line in plan(project, as_json=False).splitlines() if not left_out or left_out not in line]
    codes = [shell(line, project) for line in lines]

    assert codes[-1] == code


def test_what_was_joined_is_certified_as_one_release(project: Path) -> None:
    key = project.parent / "a.pem"
    (project / ".gitignore").write_text("parts/\ngate*.json\n")
    assert shell(f"gate keygen release-a --private {key}", project) == 0
    commit(project)
    for line in plan(project, as_json=False).splitlines()[:-1]:
        assert shell(line, project) == 0
    assert shell("gate merge parts --report json:gate.json", project) == 0

    assert shell(f"gate certify --key {key} && gate verify --require audit,scan", project) == 0
    (project / "parts/scan.json").unlink()
    assert shell("gate merge parts --report json:gate.json", project) == 3
    assert shell(f"gate certify --key {key}", project) == 3
    assert shell("gate verify --require audit", project) == 1


def steps(job: str) -> dict[str, Any]:
    """The step of a job of the workflow that calls the gate."""
    (found,) = [s for s in WORKFLOW["jobs"][job]["steps"] if s.get("run", "").find("gate ") >= 0]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("lost", "code"), [((), 0), (("scan",), 3), (("audit", "scan"), 3)])
def test_the_workflow_s_lines_do_the_same(project: Path, tmp_path: Path, lost: tuple[str, ...], code: int) -> None:
    output = tmp_path / "output"
    said = {"ROOT": "app", "GITHUB_OUTPUT": str(output), "RUNNER_TEMP": str(tmp_path / "parts")}
    (tmp_path / "parts").mkdir()
    assert shell(steps("plan")["run"], tmp_path, **said) == 0
    matrix = json.loads(output.read_text().partition("matrix=")[2])
    for job in matrix["include"]:
        told = {name: text for name, text in steps("check")["env"].items() if "matrix." in text}
        values = {name: job[text.strip("${} ").removeprefix("matrix.")] for name, text in told.items()}
        if job["check"] not in lost:
            assert shell(steps("check")["run"], tmp_path, **said, **values) == 0

    assert shell(steps("judge")["run"], tmp_path, **said) == code


def test_a_plan_that_cannot_be_made_fails_its_job(project: Path, tmp_path: Path) -> None:
    (project / "gate.toml").write_text("required = [")
    said = {"ROOT": "app", "GITHUB_OUTPUT": str(tmp_path / "output")}

    assert shell(steps("plan")["run"], tmp_path, **said) == 2
