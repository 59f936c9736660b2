"""`gate audit --since` and `--applied`: what is new, by git or by a list, and one clear line where that cannot be told."""

import json
from pathlib import Path

import pytest

from gate.audit.check import AUDIT, audit_since
from gate.config import load_config
from gate.errors import UsageError
from gate.outcome import Completed
from gate.run import run_checks
from tests.processes import Done, gate
from tests.repositories import git

# In a schema that the API does not serve, so that nothing but the release is to be judged.
NOTES = "create schema app;\ncreate table app.kept (id int primary key);\ncreate table app.notes (id int primary key, body text);\n"
DROP = "drop table app.notes;\n"


def release(root: Path, **files: str) -> Path:
    """The files as migrations, committed; an empty one is taken away."""
    folder = root / "supabase/migrations"
    folder.mkdir(parents=True, exist_ok=True)
    if not (root / ".git").exists():
        git(root, "init", "-q")
    for name, text in files.items():
        path = folder / f"{name.lstrip('_')}.sql"
        path.write_text(text) if text else path.unlink()
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "a release")
    return root


def found(root: Path, since: str | None = None, applied: Path | None = None) -> dict[str, str]:
    """The rules that hit, with their places."""
    config = load_config(root)
    (outcome,) = run_checks([audit_since(config, since, applied)], config, lambda _check, _text: None)
    assert isinstance(outcome, Completed), outcome
    return {one.rule: str(one.place).removeprefix("supabase/migrations/") for one in outcome.work.findings}


def problem(root: Path, since: str | None = None, applied: Path | None = None) -> str:
    with pytest.raises(UsageError) as refused:
        audit_since(load_config(root), since, applied)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_only_what_a_revision_does_not_have_is_new(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES, _2_old="create table app.old (id int);\ndrop table app.old;\n")
    git(tmp_path, "tag", "v1")
    release(tmp_path, _3_drop=DROP)
    git(tmp_path, "tag", "v2")

    assert found(tmp_path, "v1") == {"drop-table": "3_drop.sql:1"}
    assert found(tmp_path, "v2") == {}
    assert found(tmp_path, "HEAD~1") == {"drop-table": "3_drop.sql:1"}


def test_files_that_are_not_committed_are_new(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES)
    (tmp_path / "supabase/migrations/2_drop.sql").write_text(DROP)

    assert found(tmp_path, "HEAD") == {"drop-table": "2_drop.sql:1"}


def test_a_project_in_a_folder_of_the_repository(tmp_path: Path) -> None:
    release(tmp_path / "apps/web", _1_notes=NOTES)
    (tmp_path / "apps/web/supabase/migrations/2_drop.sql").write_text(DROP)

    assert found(tmp_path / "apps/web", "HEAD") == {"drop-table": "2_drop.sql:1"}


def test_a_revision_from_before_there_were_migrations(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "nothing yet")
    release(tmp_path, _1_notes=NOTES, _2_drop=DROP)

    assert found(tmp_path, "HEAD~1") == {}


def test_released_files_that_were_edited_or_deleted(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES, _2_more="create table app.more (id int);\n", _3_last="select 1;\n")
    git(tmp_path, "tag", "v1")
    release(tmp_path, _1_notes=NOTES.replace("body", "text"), _2_more="")

    config = load_config(tmp_path)
    (outcome,) = run_checks([audit_since(config, "v1", None)], config, lambda _check, _text: None)

    assert isinstance(outcome, Completed)
    assert [(str(one.place), one.message.partition("'")[2]) for one in outcome.work.findings] == [
        (
            "supabase/migrations/2_more.sql:1",
            f"2_more.sql' of {outcome.work.evidence['since']} is gone: the platform's tool stops there",
        ),
        (
            "supabase/migrations/1_notes.sql:3",
            f"1_notes.sql' was edited after {outcome.work.evidence['since']}: a database that has it never sees this",
        ),
    ]


def test_line_ends_and_comments_are_no_edit(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES)
    (tmp_path / "supabase/migrations/1_notes.sql").write_bytes(b"-- notes\r\n" + NOTES.replace("\n", "\r\n").encode())

    assert found(tmp_path, "HEAD") == {}


def test_what_others_released_meanwhile_is_not_missing_here(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES)
    git(tmp_path, "checkout", "-q", "-b", "mine")
    git(tmp_path, "checkout", "-q", "-")
    release(tmp_path, _2_theirs="create table app.theirs (id int);\n")
    git(tmp_path, "tag", "theirs")
    git(tmp_path, "checkout", "-q", "mine")
    release(tmp_path, _3_mine="drop table app.notes;\n")

    assert found(tmp_path, "theirs") == {"drop-table": "3_mine.sql:1"}


def test_a_migration_that_sorts_before_a_released_one(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES, _3_column="alter table app.notes add column title text;\n")
    (tmp_path / "supabase/migrations/2_late.sql").write_text("alter table app.notes drop column title;\n")

    # Production applies it last, where the column is there; in the order of the names it would find none.
    assert found(tmp_path, "HEAD") == {"drop-column": "2_late.sql:1", "migration-out-of-order": "2_late.sql:1"}


def test_what_the_platform_s_tool_skips_is_in_no_order(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES, local_notes="select 1;\n")
    (tmp_path / "supabase/migrations/2_column.sql").write_text("alter table app.notes add column title text;\n")

    assert "migration-out-of-order" not in found(tmp_path, "HEAD")


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("nowhere", "--since 'nowhere': there is no such commit"),
        ("--output=x", "--since '--output=x' is no revision"),
        ("", "--since '' is no revision"),
        ("v1\nv2", "--since 'v1\\nv2': there is no such commit"),
        ("HEAD:supabase", "there is no such commit"),
    ],
)
def test_a_revision_that_is_not_there_is_one_clear_line(tmp_path: Path, revision: str, words: str) -> None:
    release(tmp_path, _1_notes=NOTES)

    assert words in problem(tmp_path, revision)
    assert not (tmp_path / "x").exists()


def test_a_shallow_clone_says_what_to_do(tmp_path: Path) -> None:
    release(tmp_path / "full", _1_notes=NOTES)
    git(tmp_path / "full", "tag", "v1")
    release(tmp_path / "full", _2_drop=DROP)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tmp_path / 'full'}", "shallow")

    assert "the clone is shallow: `git fetch --unshallow`" in problem(tmp_path / "shallow", "v1")


def test_without_a_repository(tmp_path: Path) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)

    assert "--since needs a git repository" in problem(tmp_path, "main")


def test_a_hostile_repository_runs_nothing(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES, _2_drop=DROP)
    trap = tmp_path / "trap"
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "core.editor", "alias.ls-tree"):
        git(tmp_path, "config", key, f"!touch {trap}" if key.startswith("alias") else f"touch {trap}")
    git(tmp_path, "config", "filter.x.smudge", f"touch {trap}")
    (tmp_path / ".gitattributes").write_text("*.sql filter=x diff=x textconv=x\n")
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        path = tmp_path / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {trap}\n")
        path.chmod(0o755)

    assert found(tmp_path, "HEAD") == {}
    assert not trap.exists()


def test_by_a_list_of_versions(tmp_path: Path) -> None:
    folder = tmp_path / "supabase/migrations"
    folder.mkdir(parents=True)
    (folder / "20260101_notes.sql").write_text(NOTES)
    (folder / "20260102_drop.sql").write_text(DROP)
    applied = tmp_path / "applied.txt"
    applied.write_text("20260101\n\n")

    assert found(tmp_path, applied=applied) == {"drop-table": "20260102_drop.sql:1"}


def test_a_version_that_no_file_has(tmp_path: Path) -> None:
    folder = tmp_path / "supabase/migrations"
    folder.mkdir(parents=True)
    (folder / "20260102_notes.sql").write_text(NOTES)
    applied = tmp_path / "applied.txt"
    applied.write_text("20260101\n20260102\n")

    assert found(tmp_path, applied=applied) == {"released-migration-changed": "20260101_applied.sql:1"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("20260101\nnotes\n", ":2 is no version"),
        ("\n", "holds no version"),
        (None, "cannot read"),
        (b"\xff\xfe", "cannot read"),
    ],
)
def test_a_list_that_is_none(tmp_path: Path, text: str | bytes | None, words: str) -> None:
    applied = tmp_path / "applied.txt"
    if text is not None:
        applied.write_bytes(text if isinstance(text, bytes) else text.encode())

    assert words in problem(tmp_path, applied=applied)


def test_the_command(tmp_path: Path) -> None:
    release(tmp_path, _1_notes=NOTES)
    (tmp_path / "supabase/migrations/2_drop.sql").write_text(DROP)

    def ran(*words: str) -> Done:
        return gate("audit", *words, cwd=tmp_path)

    quiet, loud = ran(), ran("--since", "HEAD", "--report", "json")
    evidence = json.loads(loud.out)["checks"][0]["evidence"]

    assert quiet.code == 0
    assert "data loss and locks not judged without --since" in " ".join(quiet.out.split())
    assert loud.code == 1
    assert evidence["new_files"] == ["supabase/migrations/2_drop.sql"]
    assert evidence["since"].startswith("HEAD (")
    assert ran("--since", "nowhere") == Done(2, "", "gate: --since 'nowhere': there is no such commit\n")
    assert ran("--since", "HEAD", "--applied", "x").code == 2
    assert gate("run", "--since", "nowhere", cwd=tmp_path).code == 2


def test_findings_of_the_whole_say_whether_they_are_new(tmp_path: Path) -> None:
    release(tmp_path, _1_notes="create table public.open (id int);\n")
    (tmp_path / "supabase/migrations/2_more.sql").write_text("create table public.wide_open (id int);\n")
    config = load_config(tmp_path)

    (outcome,) = run_checks([audit_since(config, "HEAD", None)], config, lambda _check, _text: None)
    (plain,) = run_checks([AUDIT], config, lambda _check, _text: None)

    assert isinstance(outcome, Completed)
    assert isinstance(plain, Completed)
    assert {one.subject: one.new for one in outcome.work.findings if one.rule == "rls-disabled"} == {
        "public.open": False,
        "public.wide_open": True,
    }
    assert {one.new for one in plain.work.findings} == {None}


def test_a_schema_that_the_api_serves_from_now_on(tmp_path: Path) -> None:
    settings = tmp_path / "supabase/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[api]\nschemas = ["public"]\n')
    grants = "grant usage on schema app to anon;\ngrant select on app.notes to anon;\n"
    release(tmp_path, _1_notes=NOTES, _2_grants=grants)
    settings.write_text('[api]\nschemas = ["public", "app"]\n')

    assert found(tmp_path, "HEAD")["release-weakens-protection"] == "1_notes.sql:3"
