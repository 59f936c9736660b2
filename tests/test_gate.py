"""The whole gate, as a process, on the demo app and on its leaky twin."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gate.smoke.probes import CHAINS
from tests.processes import ROOT, Done, gate, interrupted, naming
from tests.test_cli import SCHEMA

pytestmark = pytest.mark.postgres
BUCKET = """
insert into storage.buckets (id, name) values ('uploads', 'uploads');
create policy own on storage.objects for all to authenticated
  using ((storage.foldername(name))[1] = auth.uid()::text) with check ((storage.foldername(name))[1] = auth.uid()::text);
"""


@pytest.fixture
def surroundings() -> Iterator[dict[str, str]]:
    """A temporary folder that must be empty in the end; pytest's own are closed to the server's unprivileged user."""
    folder = Path(tempfile.mkdtemp(prefix="gate-test-"))
    folder.chmod(0o755)
    yield {"TMPDIR": str(folder)}
    shutil.rmtree(folder)


def left_behind(surroundings: Mapping[str, str]) -> list[str]:
    """Files and processes that a run left: what is in its temporary folder, and whoever was told of that folder."""
    folder = Path(surroundings["TMPDIR"])
    # The copy of the programs that an unprivileged server runs from is a cache, and is meant to stay.
    files = [path.name for path in folder.iterdir() if not path.name.startswith("gatepg-bin-")]
    return [*naming(str(folder)), *files]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, dict[str, Any]]:
    """One run on the repository's own configuration, with both reports; without its history, which may be shallow here."""
    report = tmp_path_factory.mktemp("sound") / "gate.json"
    root = report.parent / "project"
    shutil.copytree(
        ROOT, root, ignore=shutil.ignore_patterns(".git", ".nox", ".gate-env", ".venv", "*_cache", "__pycache__")
    )
    done = gate("run", "--root", str(root), "--report", f"json:{report}", cwd=report.parent)
    return done, json.loads(report.read_text())


def test_the_demo_passes_as_a_rehearsal(sound: tuple[Done, dict[str, Any]]) -> None:
    done, report = sound

    assert done.code == 0, done.out
    assert "GO (REHEARSAL)" in done.out
    assert "MODEL SMOKE OK" in done.out
    assert report["verdict"] == "GO (REHEARSAL)"
    assert report["findings"] == []
    assert [one["status"] for one in report["checks"]] == ["completed"] * 4
    assert all(one["examined"] > 0 for one in report["checks"])
    jsonschema.validate(report, SCHEMA)


def test_a_rehearsal_never_says_that_it_is_ready_for_production(sound: tuple[Done, dict[str, Any]]) -> None:
    done, report = sound

    assert "READY FOR PROD" not in done.out + done.err + json.dumps(report)
    assert report["model_traffic"] is None


def test_every_step_has_its_status_time_and_trace(sound: tuple[Done, dict[str, Any]]) -> None:
    steps = sound[1]["steps"]

    assert [(row["step"], row["status"]) for row in steps] == [
        (name, "ok") for name in ("bootstrap", "input", "create", "run", "rerun", "output", "isolation")
    ]
    assert all(row["seconds"] > 0 for row in steps)
    assert "POST /api/jobs as A" in [one["request"] for one in steps[2]["trace"]]


def test_every_probe_saw_something_and_nothing_wrong(sound: tuple[Done, dict[str, Any]]) -> None:
    probes = sound[1]["probes"]

    assert {row["probe"] for row in probes} == {probe.name for chain in CHAINS for probe in chain} | {"afterwards"}
    assert {row["status"] for row in probes} == {"ok"}
    assert all(row["observations"] > 0 for row in probes)


def test_progress_goes_to_stderr_and_names_every_check(sound: tuple[Done, dict[str, Any]]) -> None:
    done, _ = sound

    assert {"audit", "scan", "rls", "smoke"} <= {word for line in done.err.splitlines() for word in line.split()[1:2]}


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], Done]:
    """The leaky twin, written anew and judged once."""
    folder = tmp_path_factory.mktemp("leaky") / "twin"
    subprocess.run([sys.executable, "-m", "demo.leaky", str(folder)], cwd=ROOT, check=True, capture_output=True)
    done = gate("run", "--root", str(folder), "--report", "json", cwd=folder)
    return folder, json.loads(done.out), done


def test_the_leaky_twin_fails_every_check_for_three_reasons(leaky: tuple[Path, dict[str, Any], Done]) -> None:
    _, report, done = leaky
    reasons: dict[str, set[str]] = defaultdict(set)
    for finding in report["findings"]:
        if finding["severity"] == "error":
            reasons[finding["check"]].add(finding["rule"])

    assert done.code == 1, report["incomplete"]
    assert report["verdict"] == "NO-GO"
    assert {check: len(rules) >= 3 for check, rules in reasons.items()} == dict.fromkeys(
        ("audit", "scan", "rls", "smoke"), True
    ), reasons
    assert report["model_smoke"] is None
    assert {row["step"]: row["category"] for row in report["steps"] if row["status"] == "failed"} == {
        "rerun": "processing",
        "isolation": "security",
    }


def test_no_key_of_the_leaky_twin_is_shown(leaky: tuple[Path, dict[str, Any], Done]) -> None:
    folder, report, done = leaky
    planted = [
        word.strip("\"';)")
        for name in ("demo/web/.env.production", "demo/web/dist/admin.js", "demo/scripts/seed.mjs")
        for word in (folder / name).read_text().replace("=", " ").replace('"', " ").split()
        if len(word) > 30 and "supabase.co" not in word and not word.startswith("NEXT_PUBLIC")
    ]
    shown = json.dumps(report) + done.err + gate("scan", "--root", str(folder), cwd=folder).out

    assert len(planted) >= 4
    assert not [key for key in planted if key in shown or key[-20:] in shown]


def test_findings_in_the_leaky_twin_point_at_the_lines_that_caused_them(
    leaky: tuple[Path, dict[str, Any], Done],
) -> None:
    folder, report, _ = leaky
    placed = [f["place"] for f in report["findings"] if f["check"] == "audit"]

    assert all((folder / place["path"]).read_text().splitlines()[place["line"] - 1].strip() for place in placed)
    assert {place["path"].rpartition("/")[2] for place in placed} == {"20260301090000_quick_fixes.sql"}


def at_work(line: str) -> bool:
    """Whether the smoke has been going for a while: servers stand, and a backend starts or is asked."""
    seconds, check, *_ = line.split()
    return check == "smoke" and float(seconds.removesuffix("s")) >= 2


def test_ctrl_c_in_the_middle_leaves_nothing(surroundings: dict[str, str]) -> None:
    done = interrupted("run", cwd=ROOT, env=surroundings, when=at_work, how=signal.SIGINT)

    assert done.code == 130
    assert "interrupted" in done.err
    assert "Traceback" not in done.err
    assert left_behind(surroundings) == []


def test_sigterm_is_treated_like_ctrl_c(surroundings: dict[str, str]) -> None:
    done = interrupted(
        "smoke",
        "run-all",
        cwd=ROOT,
        env=surroundings,
        when=at_work,
        how=signal.SIGTERM,
    )

    assert done.code == 130
    assert left_behind(surroundings) == []


def test_a_kill_leaves_no_process(surroundings: dict[str, str]) -> None:
    interrupted(
        "smoke",
        "run-all",
        cwd=ROOT,
        env=surroundings,
        when=at_work,
        how=signal.SIGKILL,
    )

    assert naming(surroundings["TMPDIR"]) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("['no-such-program']", "no-such-program: No such file or directory"),
        ("['python', '-c', 'raise SystemExit(\"no database\")']", "ended with code 1 before it answered: no database"),
    ],
    ids=["no program", "ends"],
)
def test_a_backend_that_does_not_start_is_one_line_and_code_3(
    tmp_path: Path, surroundings: dict[str, str], command: str, words: str
) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/1.sql").write_text(BUCKET)
    (tmp_path / "pyproject.toml").write_text(f"[tool.gate.smoke]\nrehearse = true\nstart = {command}\n")
    done = gate("smoke", "run-all", "--report", "json", cwd=tmp_path, env=surroundings)
    report = json.loads(done.out)

    assert done.code == 3
    assert words in report["incomplete"][0]
    assert left_behind(surroundings) == []


def test_a_rehearsal_without_a_command_is_a_matter_of_configuration(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.gate.smoke]\nrehearse = true\n")
    done = gate("smoke", "run-all", cwd=tmp_path)

    assert (done.code, done.out) == (2, "")
    assert "set `start` in [tool.gate.smoke]" in done.err


def test_a_bucket_that_no_migration_makes_is_named(tmp_path: Path) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/1.sql").write_text("create table public.t (id int);")
    (tmp_path / "pyproject.toml").write_text("[tool.gate.smoke]\nrehearse = true\nstart = ['sleep', '60']\n")
    done = gate("smoke", "run-all", "--report", "json", cwd=tmp_path)

    assert done.code == 3
    assert "the migrations must make the bucket 'uploads'" in json.loads(done.out)["incomplete"][0]


def test_a_project_in_which_nobody_can_sign_up_is_told_so(tmp_path: Path) -> None:
    trigger = """
create function public.greet() returns trigger language plpgsql as $$ begin raise 'no name'; end $$;
create trigger greet after insert on auth.users for each row execute function public.greet();
"""
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/1.sql").write_text(BUCKET + trigger)
    (tmp_path / "pyproject.toml").write_text("[tool.gate.smoke]\nrehearse = true\nstart = ['sleep', '60']\n")
    done = gate("smoke", "run-all", "--report", "json", cwd=tmp_path)
    (reason,) = json.loads(done.out)["incomplete"]

    assert done.code == 3
    assert "nobody can sign up here: no name (a trigger on auth.users: PL/pgSQL function greet() line 1" in reason


def test_one_step_does_what_it_needs_first(tmp_path: Path) -> None:
    done = gate("smoke", "create", "--root", str(ROOT), "--report", "json", cwd=tmp_path)
    report = json.loads(done.out)

    assert done.code == 0
    assert [row["step"] for row in report["steps"]] == ["bootstrap", "input", "create"]
    assert report["model_smoke"] is None


def test_the_wheel_holds_all_it_needs(tmp_path: Path, leaky: tuple[Path, dict[str, Any], Done]) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(installed)
    program = f"import sys; sys.path.insert(0, {str(installed)!r}); import gate; assert gate.__file__.startswith({str(installed)!r})"
    program += "; from gate.cli import main; sys.exit(main(sys.argv[1:]))"
    for check, code in (("audit", 1), ("rls", 1)):
        done = subprocess.run(
            [sys.executable, "-c", program, check, "--root", str(leaky[0])],
            capture_output=True,
            check=False,
            cwd=tmp_path,
        )

        assert done.returncode == code
