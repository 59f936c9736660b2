"""What an audit remembers: the very same answer where nothing changed, and another one as soon as anything did."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate.audit import check, remembered
from gate.audit.remembered import AUDIT
from gate.check import Context
from gate.config import load_config
from gate.finding import Hit, Severity, Span, Target
from gate.outcome import Outcome, Work, work_of
from gate.run import run_checks
from gate.store import Store, cache_folder

OPEN = "create table public.notes (id int);\nalter table public.gone enable row level security;\ncreate tabel x;\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(remembered, "cache_folder", cache_folder)
    migrations = tmp_path / "project/supabase/migrations"
    migrations.mkdir(parents=True)
    (migrations / "1_a.sql").write_text(OPEN)
    return tmp_path / "project"


@pytest.fixture
def replays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A number for each time that the audit's engine is asked."""
    counted: list[int] = []
    subjects = check.Audit.subjects

    def counting(self: check.Audit, context: Context) -> Iterator[object]:
        counted.append(1)
        return subjects(self, context)

    monkeypatch.setattr(check.Audit, "subjects", counting)
    return counted


def audit(root: Path) -> Outcome:
    (outcome,) = run_checks([AUDIT], load_config(root), lambda *_: None)
    return outcome


def seen(outcome: Outcome) -> Work:
    return replace(work_of(outcome), seconds=0)


def entries(root: Path) -> list[Path]:
    folder = cache_folder(root, "audit")
    assert folder
    return list(folder.iterdir()) if folder.is_dir() else []


def test_the_same_answer_without_a_replay(root: Path, replays: list[int]) -> None:
    first, second = audit(root), audit(root)

    assert len(replays) == 1
    assert type(first) is type(second)
    assert seen(first) == seen(second)
    assert {one.rule for one in seen(second).findings} >= {"rls-disabled", "statement-does-not-parse"}
    assert seen(second).unjudged


@pytest.mark.parametrize("moment", ["content", "name", "new file", "config", "exposed", "tool", "parser"])
def test_another_answer_when_anything_changed(
    root: Path, replays: list[int], moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit(root)
    migrations = root / "supabase/migrations"
    match moment:
        case "content":
            (migrations / "1_a.sql").write_text(OPEN.replace("notes", "other"))
        case "name":
            (migrations / "1_a.sql").rename(migrations / "1_b.sql")
        case "new file":
            (migrations / "2_b.sql").write_text("select 1;")
        case "config":
            (root / "pyproject.toml").write_text('[tool.gate]\npublic_tables = ["public.notes"]\n')
        case "exposed":
            (root / "supabase/config.toml").write_text("[api]\nauto_expose_new_tables = false\n")
        case "tool":
            module = Path(check.__file__)
            found = module.stat()
            os.utime(module, ns=(found.st_atime_ns, found.st_mtime_ns + 1))
        case "parser":
            monkeypatch.setattr(remembered, "FORMAT", "another")
    try:
        audit(root)
    finally:
        if moment == "tool":
            os.utime(module, ns=(found.st_atime_ns, found.st_mtime_ns))

    assert len(replays) == 2


def test_a_moved_project_has_the_same_answer(root: Path, replays: list[int], tmp_path: Path) -> None:
    audit(root)
    root.rename(tmp_path / "elsewhere")
    audit(tmp_path / "elsewhere")

    assert len(replays) == 1


def test_nothing_is_kept_in_ci(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    audit(root)
    monkeypatch.delenv("CI")

    assert entries(root) == []


def test_nothing_is_kept_of_what_did_not_end_well(root: Path) -> None:
    (root / "supabase/migrations/1_a.sql").write_text("select 1;")
    audit(root)

    assert entries(root) == []


def test_nothing_is_kept_when_a_file_changes_meanwhile(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = check.Audit.subjects

    def changing(self: check.Audit, context: Context) -> Iterator[object]:
        yield from subjects(self, context)
        (root / "supabase/migrations/1_a.sql").write_text("create table public.fine ();")

    monkeypatch.setattr(check.Audit, "subjects", changing)
    audit(root)

    assert entries(root) == []


def test_no_text_of_a_statement_is_kept(root: Path) -> None:
    (root / "supabase/migrations/1_a.sql").write_text(OPEN + "create rol app with password 'hunter2-hunter2';\n")
    audit(root)

    assert [b"hunter2" in one.read_bytes() for one in entries(root)] == [False]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"hits": [], "count": 0}',
        b"[" * 100_000,
        b'{"hits": [["rule"]], "count": 1, "evidence": {}, "unjudged": []}',
        b'{"hits": [], "count": 1, "evidence": {}, "unjudged": [[1, 2, 3, 4, 5, 6]]}',
        b"cposix\nsystem\n(S'touch planted'\ntR.",
    ],
)
def test_what_makes_no_sense_is_ignored(root: Path, replays: list[int], content: bytes) -> None:
    first = audit(root)
    (one,) = entries(root)
    Store(one.parent).write(one.name, content)
    second = audit(root)

    assert len(replays) == 2
    assert seen(first) == seen(second)


def test_every_part_of_what_was_seen_comes_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    span = Span("a.sql", 1, 2, 3, 4)
    hits = [
        Hit(span, "a message\n\u202e", "subject", severity=Severity.NOTE, reproducer="select 1", remedy="drop"),
        Hit(Target("public.t", span), "m", "s"),
        Hit(Target("public.t"), "m", "s"),
        Hit(Span("b\udcff.sql", 9), "m", "s"),
    ]
    monkeypatch.setattr("gate.run.load_rules", lambda _package: [Always(hits)])
    first, second = audit(root), audit(root)

    assert seen(first) == seen(second)
    assert len(seen(second).findings) == 4


class Always:
    """A rule with given hits."""

    id = "always"
    severity = Severity.ERROR

    def __init__(self, hits: list[Hit]) -> None:
        self._hits = hits

    def judge(self, _subject: object) -> list[Hit]:
        return self._hits


def test_a_remembered_run_loads_no_parser(root: Path) -> None:
    import subprocess
    import sys

    audit(root)
    script = (
        "import sys; from pathlib import Path; from gate.config import load_config; from gate.run import run_checks;"
        "from gate.checks import load_check;"
        "run_checks([load_check('audit')], load_config(Path(sys.argv[1])), print);"
        "import json; print(json.dumps([name for name in sys.modules if name.startswith(('google', 'gate.audit'))]))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(root)], capture_output=True, text=True, check=True)
    loaded: Any = json.loads(done.stdout.splitlines()[-1])

    assert sorted(loaded) == ["gate.audit", "gate.audit.remembered"]
