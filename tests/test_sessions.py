"""Sessions in another project's noxfile, and nox's ways of saying success when nothing was proven: none of them is a GO."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gate.cli import main
from tests.processes import ROOT
from tests.repositories import ASKED, OPEN, commit, signed_project

NOXFILE = "import nox\nfrom gate.sessions import register\n\n{before}\nregister({arguments})\n{after}\n"
FILES = {
    ".gitignore": "gate.json\ngate-certificate.json\n__pycache__/\n.nox/\n",
    "noxfile.py": NOXFILE.format(before="", arguments="", after=""),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project with the gate's sessions, and a signing key in the environment."""
    return signed_project(tmp_path, monkeypatch, FILES)


def write(root: Path, before: str = "", arguments: str = "", after: str = "") -> None:
    (root / "noxfile.py").write_text(NOXFILE.format(before=before, arguments=arguments, after=after))


def nox(
    root: Path, *words: str, flags: tuple[str, ...] = (), program: tuple[str, ...] = (), **environment: str
) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "GATE_SIGNING_KEY"}}
    done = subprocess.run(
        [*(program or (sys.executable, *flags, "-m", "nox")), *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env=kept | {"PYTHONPATH": str(ROOT)} | environment,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def certified_and_verified() -> bool:
    """What a pipeline does after nox, whatever nox has said, and what the deploy hook makes of it."""
    main(["certify"])
    return main(["verify", *ASKED]) == 0


REPORT = ("--", "--report", "json:gate.json")


def test_a_sound_project_is_go_and_its_commit_may_be_deployed(project: Path) -> None:
    code, said = nox(project, "-s", "gate", *REPORT)

    assert (code, certified_and_verified()) == (0, True), said


def test_the_sessions_are_listed_with_what_they_do(project: Path) -> None:
    _, said = nox(project, "-l")

    assert "- gate [gate] -> Judge the release: every check, one verdict." in said
    assert "- test_model [gate] -> Drive the backend's job API" in said


def test_a_prefix_and_a_choice(project: Path) -> None:
    write(project, arguments='["gate", "audit"], prefix="release-"')
    _, said = nox(project, "-l")

    assert "- release-gate [gate] ->" in said
    assert "scan_service_role" not in said


def test_findings_end_the_session_with_their_code_and_the_next_one_still_runs(project: Path) -> None:
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)
    write(project, after='@nox.session(venv_backend="none")\ndef after(session):\n    print("still here")\n')
    commit(project)
    code, said = nox(project, "-s", "gate", "after", *REPORT)

    assert (code, certified_and_verified()) == (1, False)
    assert "NO-GO (code 1), see above" in said
    assert "still here" in said


def test_a_token_that_is_missing_is_no_skip(project: Path) -> None:
    """Trap 1: a session that skips counts as success."""
    (project / "gate.toml").write_text('required = ["audit", "scan", "smoke"]\n')
    commit(project)
    code, said = nox(project, "-s", "gate", *REPORT)

    assert (code, certified_and_verified()) == (1, False)
    assert "NO-GO (code 3)" in said
    assert "MODEL_PROVIDER" in said


def test_there_are_no_prerequisites_to_leave_out(project: Path) -> None:
    """Trap 2: `--no-dependencies` runs a gate without its checks."""
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)
    commit(project)
    code, _ = nox(project, "--no-dependencies", "-s", "gate", *REPORT)

    assert (code, certified_and_verified()) == (1, False)


def test_install_only_proves_nothing(project: Path) -> None:
    """Trap 3: `--install-only` runs no command and reports success."""
    nox(project, "--install-only", "-s", "gate", *REPORT)

    assert not (project / "gate.json").exists() or not certified_and_verified()
    assert not certified_and_verified()


def test_no_interpreter_can_be_missing(project: Path) -> None:
    """Trap 4: a session whose Python is not there is skipped, and that is success."""
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)
    commit(project)
    code, _ = nox(project, "-s", "gate", *REPORT, PATH="/usr/bin:/bin")

    assert (code, certified_and_verified()) == (1, False)


def test_a_bare_nox_proves_nothing(project: Path) -> None:
    """Trap 5: where no session is a default, nox lists them and ends with 0."""
    code, _ = nox(project)

    assert code == 0
    assert not certified_and_verified()


HIJACK = '@nox.session(name="gate", venv_backend="none")\ndef mine(session):\n    """Nothing."""\n'


def test_a_session_that_takes_the_name_proves_nothing(project: Path) -> None:
    """Trap 6: a later session of the same name replaces ours, with a warning."""
    write(project, after=HIJACK)
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)
    commit(project)

    assert nox(project, "-s", "gate", *REPORT)[0] == 0
    assert not certified_and_verified()
    assert nox(project, "-s", "gate", *REPORT, flags=("-W", "error::FutureWarning"))[0] == 1


def test_a_name_that_is_taken_is_refused(project: Path) -> None:
    write(project, before=HIJACK)
    code, said = nox(project, "-s", "gate")

    assert code == 1
    assert "has a session 'gate' already" in said


def test_a_check_that_fails_keeps_no_report_from_being_written(project: Path) -> None:
    """Traps 7 and 8: with `requires` the body never runs, with `notify` it is a success before its parts have run."""
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)
    (project / "supabase/migrations/20260102_b.sql").write_text("create table (;\n")
    commit(project)
    code, said = nox(project, "-s", "gate", *REPORT)

    assert code == 1
    assert (project / "gate.json").exists()
    assert "rls-disabled" in said
    assert "scan" in said.rpartition("check ")[2], "the other check is told as well"
    assert not certified_and_verified()


def test_a_folder_called_gate_does_not_judge_itself(project: Path) -> None:
    (project / "gate").mkdir()
    (project / "gate/__init__.py").write_text("")
    (project / "gate/__main__.py").write_text("raise SystemExit(0)\n")
    (project / "supabase/migrations/20260101_a.sql").write_text(OPEN)
    commit(project)
    # nox's own script, for `python -m nox` puts the project's folder first, where the noxfile would find that `gate`.
    code, said = nox(project, "-s", "gate", *REPORT, program=(str(Path(sys.executable).parent / "nox"),))

    assert (code, "rls-disabled" in said) == (1, True), said


def test_no_secret_is_in_what_nox_prints(project: Path) -> None:
    _, said = nox(project, "-s", "gate", *REPORT, REPLICATE_API_TOKEN="canary-of-a-token")

    assert "canary-of-a-token" not in said


def test_what_is_no_session_of_ours_is_refused() -> None:
    from gate.sessions import register

    with pytest.raises(ValueError, match="no session of the gate is called 'tests'"):
        register(["tests"])
