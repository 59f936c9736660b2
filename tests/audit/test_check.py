"""The audit as the runner sees it: what cannot be read is one clear line, and nothing examined is never a GO."""

from pathlib import Path

import pytest

from gate.audit.check import AUDIT
from gate.config import load_config
from gate.outcome import Broken, Completed, Outcome
from gate.run import run_checks

FINE = "create table public.notes (id int primary key);\nalter table public.notes enable row level security;\n"


def audit(root: Path, *files: tuple[str, bytes], folder: bool = True) -> Outcome:
    migrations = root / "supabase/migrations"
    if folder:
        migrations.mkdir(parents=True)
    for name, data in files:
        (migrations / name).write_bytes(data)
    (outcome,) = run_checks([AUDIT], load_config(root), lambda _check, _text: None)
    return outcome


def problem(outcome: Outcome) -> str:
    assert isinstance(outcome, Broken)
    assert "\n" not in outcome.problem
    return outcome.problem


def test_a_missing_folder(tmp_path: Path) -> None:
    assert "no migrations in supabase/migrations" in problem(audit(tmp_path, folder=False))


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "no migrations in supabase/migrations" in problem(audit(tmp_path, ("notes.txt", b"no sql")))


def test_files_without_a_statement(tmp_path: Path) -> None:
    assert "hold no statement" in problem(audit(tmp_path, ("1_a.sql", b"-- nothing yet\n"), ("2_b.sql", b"")))


def test_a_nul_byte_is_named_with_its_line(tmp_path: Path) -> None:
    text = problem(audit(tmp_path, ("1_a.sql", FINE.encode()), ("2_b.sql", b"select 1;\nselect '\0';\n")))

    assert "supabase/migrations/2_b.sql:2 holds a NUL byte" in text


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    assert "1_a.sql:2 is not UTF-8 (byte 13)" in problem(audit(tmp_path, ("1_a.sql", b"-- \n-- caf\xc3\xa9 \xff\n")))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_unicode_is_said_to_be_one(tmp_path: Path, encoding: str) -> None:
    text = FINE if encoding in {"utf-16", "utf-32"} else "\ufeff" + FINE
    name = encoding[:6].upper()

    assert f"1_a.sql is {name}; save it as UTF-8" in problem(audit(tmp_path, ("1_a.sql", text.encode(encoding))))


def test_every_file_that_cannot_be_read_is_named_at_once(tmp_path: Path) -> None:
    text = problem(audit(tmp_path, ("1_a.sql", b"\xff\xfea"), ("2_b.sql", FINE.encode()), ("3_c.sql", b"\n\0")))

    assert text == (
        "supabase/migrations/1_a.sql is UTF-16; save it as UTF-8; supabase/migrations/3_c.sql:2 holds a NUL byte; remove it"
    )


def test_a_file_that_is_no_migration_by_its_size(tmp_path: Path) -> None:
    folder = tmp_path / "supabase/migrations"
    folder.mkdir(parents=True)
    with (folder / "1_a.sql").open("wb") as file:
        file.truncate(200 << 20)

    assert "1_a.sql is larger than 100 MB" in problem(audit(tmp_path, folder=False))


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_other_ends_of_lines(tmp_path: Path, newline: str) -> None:
    sql = f"-- first{newline}create table public.open (id int primary key);{newline}-- last{newline}"
    outcome = audit(tmp_path, ("1_a.sql", sql.encode()))

    assert isinstance(outcome, Completed)
    assert outcome.work.examined == 1
    assert "rls-disabled" in {one.rule for one in outcome.work.findings}


def test_a_folder_that_is_called_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "supabase/migrations/1_a.sql").mkdir(parents=True)

    assert "1_a.sql is not a regular file" in problem(audit(tmp_path, folder=False))


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "supabase/migrations"
    folder.mkdir(parents=True)
    (folder / "1_a.sql").symlink_to(tmp_path / "gone")

    assert "1_a.sql" in problem(audit(tmp_path, folder=False))


def test_a_byte_order_mark_is_no_part_of_the_first_statement(tmp_path: Path) -> None:
    outcome = audit(tmp_path, ("1_a.sql", b"\xef\xbb\xbf" + FINE.encode()))

    assert isinstance(outcome, Completed)
    assert [finding.rule for finding in outcome.work.findings] == []
    assert outcome.work.examined == 2


def test_what_does_not_parse_is_one_finding_per_file_with_its_line(tmp_path: Path) -> None:
    broken = b"create tabel a (id int);\n\ncreate policy if not exists p on a;\nselect 1;\n"
    outcome = audit(tmp_path, ("1_a.sql", FINE.encode()), ("2_b.sql", broken))

    assert isinstance(outcome, Completed)
    assert [(str(one.place), one.rule) for one in outcome.work.findings] == [
        ("supabase/migrations/2_b.sql:1", "statement-does-not-parse"),
    ]
    assert outcome.work.findings[0].message.endswith(", like 1 more after it")


def test_what_the_history_never_made_is_listed_and_does_not_stop_the_audit(tmp_path: Path) -> None:
    sql = b"alter table public.gone enable row level security;\ncreate table public.open (id int primary key);\n"
    outcome = audit(tmp_path, ("1_a.sql", sql))

    assert isinstance(outcome, Completed)
    assert [(one.what, one.why) for one in outcome.work.unjudged] == [
        ("supabase/migrations/1_a.sql:1", "table public.gone was never created")
    ]
    assert sorted(one.rule for one in outcome.work.findings) == ["history-incomplete", "rls-disabled"]


def test_what_a_block_hides_is_listed(tmp_path: Path) -> None:
    sql = b"do $$ declare r record; begin for r in select name from plans loop\n"
    sql += b"execute format('create policy p on %I using (true)', r.name); end loop; end $$;\n"
    outcome = audit(tmp_path, ("1_a.sql", FINE.encode()), ("2_b.sql", sql))

    assert isinstance(outcome, Completed)
    assert [one.why for one in outcome.work.unjudged] == ["what a loop goes through, only the server knows"]


@pytest.mark.parametrize("setting", ["true", "false"])
def test_one_regime_where_the_project_says_which(tmp_path: Path, setting: str) -> None:
    (tmp_path / "supabase").mkdir()
    (tmp_path / "supabase/config.toml").write_text(f"[api]\nauto_expose_new_tables = {setting}\n")
    (tmp_path / "supabase/migrations").mkdir()
    (tmp_path / "supabase/migrations/1_a.sql").write_bytes(b"create table public.open (id int primary key);\n")
    outcome = audit(tmp_path, folder=False)

    assert isinstance(outcome, Completed)
    assert outcome.work.evidence["regimes"] == [{"true": "auto", "false": "explicit"}[setting]]
    assert [one.rule for one in outcome.work.findings] == (["rls-disabled"] if setting == "true" else [])


def test_migrations_that_make_nothing_are_no_clean_bill(tmp_path: Path) -> None:
    outcome = audit(tmp_path, ("1_a.sql", b"select 1;\n"))

    assert isinstance(outcome, Broken)
    assert "so nothing was judged" in outcome.problem


def test_an_exposed_schema_that_nobody_makes_is_a_slip_of_the_pen(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.gate]\nexposed_schemas = ["publik"]\n')
    outcome = audit(tmp_path, ("1_a.sql", FINE.encode()))

    assert isinstance(outcome, Broken)
    assert "makes the exposed schema 'publik'" in outcome.problem


def test_a_public_table_that_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.gate]\npublic_tables = ["public.notez"]\n')
    outcome = audit(tmp_path, ("1_a.sql", FINE.encode()))

    assert isinstance(outcome, Completed)
    assert [one.what for one in outcome.work.unjudged] == ["public_tables: public.notez"]
