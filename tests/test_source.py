"""What was judged: the commit, whether the files are its own, and whether they stayed what they were."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate.check import Check, Context
from gate.config import load_config
from gate.page import Example
from gate.report import judge
from gate.source import Source, read_source
from tests.repositories import commit, git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/1_a.sql").write_text("select 1;\n")
    (tmp_path / "gate.toml").write_text('required = ["audit"]\n')
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def source(root: Path) -> Source:
    return read_source(load_config(root), untracked=True)


def test_a_commit_has_its_names(project: Path) -> None:
    found = source(project)

    assert found.commit == git(project, "rev-parse", "HEAD")
    assert found.tree == git(project, "rev-parse", "HEAD^{tree}")
    assert found.migrations == git(project, "rev-parse", "HEAD:supabase/migrations")
    assert not found.dirty


def test_a_project_inside_a_larger_repository_has_its_own_migrations(project: Path) -> None:
    inner = project / "apps/web"
    (inner / "supabase/migrations").mkdir(parents=True)
    (inner / "supabase/migrations/1_b.sql").write_text("select 2;\n")
    commit(project)

    assert source(inner).migrations == git(project, "rev-parse", "HEAD:apps/web/supabase/migrations")


def test_what_is_not_in_the_commit_is_named(project: Path) -> None:
    (project / "supabase/migrations/1_a.sql").write_text("select 2;\n")
    (project / "new.txt").write_text("x")

    found = source(project)
    assert (found.modified, found.untracked) == (("supabase/migrations/1_a.sql",), ("new.txt",))
    assert found.dirty


def test_without_a_repository_only_the_configuration_is_known(tmp_path: Path) -> None:
    found = source(tmp_path)

    assert (found.commit, found.tree, found.migrations) == (None, None, None)
    assert len(found.config) == 64


def test_the_configuration_has_a_digest_of_its_own(project: Path) -> None:
    before = source(project).config
    (project / "gate.toml").write_text('# a comment\nrequired = ["audit"]\n')
    assert source(project).config == before
    (project / "gate.toml").write_text('required = ["audit", "scan"]\n')
    assert source(project).config != before


@dataclass
class Meddling:
    """A check during which somebody does something else."""

    deed: Callable[[], object]
    name: str = "audit"
    summary: str = "s"
    rules_package: str = "gate.audit.rules"

    def subjects(self, context: Context) -> Iterator[object]:
        context.examined()
        self.deed()
        yield from ()

    def example(self, example: Example) -> Iterator[object]:
        yield from ()


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("gate.toml", 'required = ["audit"]\npublic_tables = ["public.notes"]\n', 3),
        ("gate.toml", "required = [", 3),
        ("supabase/migrations/1_a.sql", "select 2;\n", 3),
        ("out.txt", "what a build leaves behind", 0),
    ],
)
def test_a_project_that_changes_under_judgement_is_never_go(project: Path, file: str, text: str, code: int) -> None:
    checks: dict[str, Check] = {"audit": Meddling(lambda: (project / file).write_text(text))}
    verdict = judge.run_verdict(("audit",), load_config(project), checks, whole=True)

    assert verdict.exit_code == code
    assert verdict.moved == (code == 3)


def test_a_change_of_what_was_changed_before_is_noticed(project: Path) -> None:
    file = project / "supabase/migrations/1_a.sql"
    file.write_text("select 2;\n")
    checks: dict[str, Check] = {"audit": Meddling(lambda: file.write_text("select 3;\n"))}

    assert judge.run_verdict(("audit",), load_config(project), checks, whole=True).moved


@pytest.mark.parametrize("change", [Path.unlink, lambda path: (path.unlink(), path.mkdir())])
def test_a_file_that_is_none_any_more_has_a_state(project: Path, change: Callable[[Path], object]) -> None:
    change(project / "supabase/migrations/1_a.sql")
    (project / "gate.toml").chmod(0o755)

    assert (source(project).modified, source(project).same(source(project))) == (
        ("gate.toml", "supabase/migrations/1_a.sql"),
        True,
    )


@pytest.mark.parametrize(("seconds", "code"), [(-3600, 3), (3600, 3), (40, 3), (-5, 0)])
def test_a_clock_that_is_set_under_judgement_is_never_go(
    project: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, code: int
) -> None:
    """Waivers end and certificates begin by the clock; a machine that puts it right by a moment changes nothing."""
    now = time.time
    checks: dict[str, Check] = {"audit": Meddling(lambda: monkeypatch.setattr(time, "time", lambda: now() + seconds))}
    verdict = judge.run_verdict(("audit",), load_config(project), checks, whole=True)

    assert verdict.exit_code == code
    assert [reason for reason in verdict.missing if "the clock was set" in reason] == list(verdict.missing)
