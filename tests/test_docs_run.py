"""Every line of shell in the docs is run, in a copy of the demo app that is a repository of its own; or it says here why it is not."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.repositories import commit, git

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
NOT_RUN = {
    r"pip install ": "asks the package index; `nox -s package` installs the wheel in a fresh environment",
    r"(git clone|python (bench/|-m bench)|gitleaks|betterleaks|kingfisher|detect-secrets)": "asks the package index for other tools, and measures for minutes",
    r"(python3 noxfile\.py|\.nox/gate/bin/|gate scan --root \.\./leaky)": "in environments of their own, as for these tests, or in a twin that they have made",
    r"\$ (export|gate rls --live)": "needs a hosted project; tests/rls/test_live_project.py has a stand-in of one",
    r"gate scan --verify": "asks a project of one's own; tests/scan/test_verify.py has a stand-in of one",
    r"psql ": "needs the project's own database",
    r"(eval )?\S*_GATE_COMPLETE=": "the shells' own business; tests/test_completion.py",
}
CODES = {"gate verify": 1}  # where only two checks are required, the hook's own list of four refuses


def lines(page: Path) -> list[str]:
    """The lines of the blocks that are shell, without what is said of them, and blocks that are drawn."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    told = [text for language, text in blocks if language in {"", "sh", "console"} and not re.search("[│▼]", text)]
    shell = [line.strip() for text in told for line in text.splitlines()]
    return [re.sub(r"\s+# .*", "", line) for line in shell if line]


def reasons(line: str) -> list[str]:
    return [why for pattern, why in NOT_RUN.items() if re.match(pattern, line)]


RUNNABLE = {page: told for page in PAGES if (told := [line for line in lines(page) if not reasons(line)])}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The demo app, of which audit and scan are required, with a release, a remote branch and a newer migration."""
    root = tmp_path / "app"
    shutil.copytree(ROOT / "demo", root / "demo", ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.replace("[tool.gate]\n", '[tool.gate]\nrequired = ["audit", "scan"]\n'))
    (root / "dist").mkdir()
    (root / "dist/app.js").write_text("console.log('darkroom');\n")
    (root / ".gitignore").write_text(
        "__pycache__/\n/parts/\n/gate*.json\n/gate.*\n/build/\n/comment.md\n/gl-*\n/sig*\n/payload\n"
    )
    git(root, "init", "-q")
    commit(root)
    git(root, "tag", "v1.4.0")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    new = root / "demo/supabase/migrations/20991231000000_words.sql"
    new.write_text("comment on table public.jobs is 'what was asked for';\n")
    versions = [path.name.partition("_")[0] for path in new.parent.glob("*.sql") if path != new]
    (root / "applied.txt").write_text("\n".join(versions))
    for name in ("release-2025b", "release-2026a"):
        call(root, f"gate keygen {name} --private {tmp_path}/{name}.pem")
    commit(root)
    return root


def call(root: Path, line: str) -> tuple[int, str]:
    """A line as a person gives it. The programs are those of the tests."""
    (root.parent / "bin").mkdir(exist_ok=True)
    gate = root.parent / "bin/gate"
    gate.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m gate "$@"\n')
    gate.chmod(0o755)
    key = root.parent / "release-2026a.pem"
    surroundings = os.environ | {
        "PATH": f"{gate.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GATE_SIGNING_KEY": key.read_text() if key.exists() else "",
    }
    done = subprocess.run(["bash", "-c", line], cwd=root, env=surroundings, capture_output=True, text=True, timeout=180)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.postgres
@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_the_lines_of_a_page_do_what_they_say(page: Path, app: Path) -> None:
    for line in RUNNABLE[page]:
        code, said = call(app, line)

        assert code == CODES.get(line, 0), f"{line}\n{said}"
        assert "Traceback" not in said


def test_each_line_that_is_not_run_has_one_reason_and_each_reason_a_line() -> None:
    told = [line for page in PAGES for line in lines(page)]
    left_out = {line: reasons(line) for line in told if reasons(line)}

    assert all(len(why) == 1 for why in left_out.values()), left_out
    assert {why for whys in left_out.values() for why in whys} == set(NOT_RUN.values())
    assert len([line for line in told if line not in left_out]) > 20
