"""How a backend retries, judged: the demo keeps the strategy, and the bounds of a wait are exact."""

import json
from pathlib import Path

import pytest

from gate.smoke.probes.retries import BACKOFF, PLANS, SLACK, Plan, Retried
from gate.standin.replicate import FAULTS
from tests.processes import ROOT, gate


@pytest.mark.postgres
def test_the_demo_keeps_the_strategy(tmp_path: Path) -> None:
    done = gate("smoke", "retry", "--root", str(ROOT), "--report", "json", cwd=tmp_path)
    report = json.loads(done.out)

    assert (done.code, report["findings"]) == (0, [])
    assert {row["probe"]: row["status"] for row in report["probes"]} == {plan.name: "ok" for plan in PLANS} | {
        "afterwards": "ok"
    }
    assert report["model_smoke"] is None
    assert {row["probe"]: len(row["tries"]) for row in report["probes"][:-1]} == {
        plan.name: plan.tries for plan in PLANS
    }


HURRIED = f"""
[tool.gate]
supabase = "{ROOT}/demo/supabase"
[tool.gate.smoke]
start = ["python", "-m", "uvicorn", "--factory", "demo.backend.app:app", "--host", "127.0.0.1", "--port", "{{port}}"]
environment = {{ PYTHONPATH = "{ROOT}" }}
time_scale = 0.25
"""


@pytest.mark.postgres
def test_a_backend_that_is_told_to_hurry_is_judged_by_its_own_seconds(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(HURRIED)
    done = gate("smoke", "retry", "--report", "json", cwd=tmp_path)
    report = json.loads(done.out)
    tries = next(row["tries"] for row in report["probes"] if row["probe"] == "five-503")

    assert (done.code, report["findings"]) == (0, [])
    assert 0.8 * 3.75 <= tries[-1] < 7.5  # 15 s, as they would be, are 3.75 s here


@pytest.mark.postgres
def test_a_job_that_fails_shows_the_backend_s_last_words(tmp_path: Path) -> None:
    sick = HURRIED.replace("demo.backend.app:app", "demo.leaky.app:app")
    sick = sick.replace("PYTHONPATH", 'DARKROOM_DEFECTS = "workflow-step-fails", PYTHONPATH')
    (tmp_path / "pyproject.toml").write_text(sick)
    reports = ("--report", "terminal", "--report", "json:gate.json")
    done = gate("smoke", "run-all", "--rehearse", *reports, cwd=tmp_path)

    assert done.code == 1
    assert "the backend's last words: job" in done.out
    held = json.loads((tmp_path / "gate.json").read_text())
    assert "the model ran out of memory" in held["checks"][0]["evidence"]["log"]


def seen(*waits: float) -> Retried:
    plan = Plan("x", "x", (), len(waits) + 1, waits=BACKOFF)
    return Retried(plan, len(waits) + 1, waits, 1, "succeeded", 1, 1)


def test_each_try_has_its_time() -> None:
    assert seen(1.0, 2.5).begun == (0.0, 1.0, 3.5)


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
def test_waits_within_a_fifth_are_right(factor: float) -> None:
    assert seen(*(due * factor for due in BACKOFF)).early == ()


@pytest.mark.parametrize(
    ("number", "wait"),
    [
        (0, 0.79),
        (0, 1.21 + SLACK),
        (1, 1.59),
        (1, 2.41 + SLACK),
        (2, 3.19),
        (2, 4.81 + SLACK),
        (3, 6.39),
        (3, 9.61 + SLACK),
    ],
)
def test_a_wait_outside_is_named(number: int, wait: float) -> None:
    waits = list(BACKOFF)
    waits[number] = wait

    assert seen(*waits).early == (f"{wait:.1f} s instead of {BACKOFF[number]:g} s",)


def test_every_plan_is_made_of_known_faults_and_has_a_name_of_its_own() -> None:
    assert {fault for plan in PLANS for fault in plan.faults} <= set(FAULTS)
    assert len({plan.name for plan in PLANS}) == len(PLANS)
    assert not [plan.name for plan in PLANS if " " in plan.name]
