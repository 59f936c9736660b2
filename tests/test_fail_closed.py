"""The gate, starved for real: whatever it lacks, it never says GO, always says what, and leaves nothing running."""

import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import naming
from tests.repositories import commit, git

pytestmark = pytest.mark.postgres
SQL = """
create table public.notes (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id), body text
);
alter table public.notes enable row level security;
create policy own on public.notes for all to authenticated using (user_id = (select auth.uid()));
grant select, insert, update, delete on public.notes to authenticated;
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A sound project; nothing that was started for it may be left."""
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/20260101_a.sql").write_text(SQL)
    (tmp_path / "gate.toml").write_text('required = ["audit", "scan", "rls"]\n')
    # A folder with a short name, for the server's socket lies in it.
    short = tempfile.mkdtemp(prefix="g-")
    Path(short).chmod(0o755)
    (tmp_path / "tmp").symlink_to(short)
    yield tmp_path
    assert naming(short) == []
    shutil.rmtree(short)


def run(project: Path, shell: str = "exec {gate} run", before: Callable[[], None] | None = None) -> tuple[int, str]:
    gate = f"'{sys.executable}' -P -m gate"
    done = subprocess.run(
        ["bash", "-c", shell.format(gate=gate)],
        cwd=project,
        env=os.environ | {"TMPDIR": str((project / "tmp").resolve())},
        preexec_fn=before,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_with_all_it_needs_it_says_go(project: Path) -> None:
    code, said = run(project)

    assert code == 0, said


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        (resource.RLIMIT_NOFILE, 24),
        (resource.RLIMIT_NOFILE, 10),
        (resource.RLIMIT_AS, 120 << 20),
        (resource.RLIMIT_FSIZE, 100_000),
    ],
    ids=["few files", "hardly a file", "little memory", "little disk"],
)
def test_starved_it_never_says_go(project: Path, kind: int, limit: int) -> None:
    code, said = run(project, before=lambda: resource.setrlimit(kind, (limit, limit)))

    assert code != 0, said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("program", "word", "reason"),
    [
        ("git", "status", "git status ended with code -9"),
        ("git", "rev-list", "git cannot read the history"),
        ("git", "cat-file", "git cannot read the history"),
        ("rg", "", "ripgrep ended with -9"),
    ],
)
def test_a_program_that_is_killed_is_no_answer(project: Path, program: str, word: str, reason: str) -> None:
    """The programs that the scan starts die by kill -9, at the word that is to be killed."""
    git(project, "init", "-q")
    commit(project)
    real = shutil.which(program) or shutil.which(program, path=str(Path(sys.executable).parent))
    shim = project / "tmp" / program
    shim.write_text(f'#!/bin/sh\ncase " $* " in *" {word}"*) kill -9 $$ ;; esac\nexec "{real}" "$@"\n')
    shim.chmod(0o755)
    code = f"from gate.scan import ripgrep; ripgrep.program = lambda: {str(shim)!r}; " if program == "rg" else ""
    script = f"{code}import sys; from gate.cli import main; sys.exit(main(['scan']))"
    ended, said = run(project, f"PATH=$TMPDIR:$PATH exec '{sys.executable}' -P -c {shlex.quote(script)}")

    assert ended == 3, said
    assert reason in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("shell", "code"),
    [
        ("exec {gate} run > /dev/full", 3),
        ("exec {gate} run --report json:/dev/full", 3),
        ("{gate} run | true; exit ${{PIPESTATUS[0]}}", 3),
        ("exec {gate} run >&-", 0),
        ("exec {gate} run >&- 2>&-", 0),
        ("exec {gate} run < /dev/null 2>&-", 0),
    ],
)
def test_an_answer_that_could_not_be_written_is_none(project: Path, shell: str, code: int) -> None:
    """A closed output is the caller's wish; one that fails is not."""
    ended, said = run(project, shell)

    assert ended == code, said
    assert "Traceback" not in said
    assert "internal error" not in said
