"""Waivers and the baseline, on projects whose findings are real: what is accepted, until when, and what becomes of it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from gate.baseline import FILE
from gate.cli import main
from gate.config import load_config
from gate.errors import ConfigError
from gate.report.json_format import as_json
from gate.report.reading import read_report
from gate.waiver import today

OPEN = "create table public.notes (id uuid primary key, body text);\n"
OTHER = "create table public.other (id uuid primary key, body text);\n"
PROJECT = '# ours\n[project]\nname = "x"  # short\n\n[tool.gate]\nrequired = ["audit"]  # for now\n'
WAIVER = """
[[tool.gate.waive]]
rule = "rls-disabled"
place = "public.notes"
reason = "goes in March"
owner = "anna"
until = {until}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, OPEN)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


def write(root: Path, sql: str, name: str = "20260101_a.sql") -> None:
    folder = root / "supabase/migrations"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(sql)


def gate(*words: str, root: Path) -> int:
    return main([*words, "--root", str(root)])


def waive(root: Path, *, days: int, more: str = "") -> None:
    with (root / "pyproject.toml").open("a") as file:
        file.write(WAIVER.format(until=today() + timedelta(days=days)) + more)


def report(root: Path, command: str = "run") -> dict[str, object]:
    gate(command, "--report", f"json:{root / 'gate.json'}", root=root)
    held = json.loads((root / "gate.json").read_text())
    assert isinstance(held, dict)
    return held


def rules_of(held: dict[str, object]) -> list[str]:
    findings = held["findings"]
    assert isinstance(findings, list)
    return [f"{f['rule']}{'' if f['waived'] is None else ' waived'}" for f in findings]


def test_a_waiver_lets_one_finding_pass_and_shows_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waive(project, days=3)

    assert gate("run", root=project) == 0
    shown = capsys.readouterr().out
    assert f"rls-disabled at public.notes, until {today() + timedelta(days=3)} (anna): goes in March" in shown
    assert "1 waived" in shown


def test_other_findings_still_block(project: Path) -> None:
    waive(project, days=3)
    write(project, OTHER, "20260102_b.sql")

    assert gate("run", root=project) == 1
    assert rules_of(report(project)) == ["rls-disabled waived", "rls-disabled"]


def test_its_last_day_counts_and_the_next_does_not(project: Path) -> None:
    waive(project, days=0)
    assert gate("run", root=project) == 0

    (project / "pyproject.toml").write_text(PROJECT)
    waive(project, days=-1)
    held = report(project)
    assert (held["exit_code"], rules_of(held)) == (1, ["rls-disabled", "waiver-expired"])


def test_an_unused_one_is_told_by_a_whole_run_only(project: Path) -> None:
    waive(project, days=3)
    write(project, OPEN + "alter table public.notes enable row level security;\n")

    held = report(project)
    assert (held["exit_code"], rules_of(held)) == (1, ["waiver-unused"])
    assert "waiver-unused" not in rules_of(report(project, "audit"))


def test_a_pinned_one_ends_with_the_statement(project: Path) -> None:
    waive(project, days=3, more='fingerprint = "g1:0"\n')

    assert gate("run", root=project) == 1


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("[[tool.gate.waive]]\nrule = 'x'", "number 1 lacks 'place'"),
        (WAIVER.format(until='"2026-12-01"'), "until must be a date without quotes"),
        (WAIVER.format(until="2026-12-01T00:00:00Z"), "until must be a date without quotes"),
        (WAIVER.format(until="2999-01-01"), "too far ahead; at most 90 days"),
        (WAIVER.format(until="2026-01-01") + "why = 'x'", "no key 'why'"),
        (
            WAIVER.format(until="2026-01-01").replace("goes in March", " "),
            "reason must be a string that says something",
        ),
        ("waive = 1", "waive must be a list of tables"),
        ("waive_days = 1000", "waive_days must be whole days from 1 to 366"),
    ],
)
def test_a_waiver_that_cannot_be_read_stops_the_gate(project: Path, entry: str, complaint: str) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write(entry)

    with pytest.raises(ConfigError, match=complaint):
        load_config(project)


def test_accept_keeps_the_file_as_it_was(project: Path) -> None:
    write(project, OPEN + OTHER)
    for place in ("public.notes", "public.other"):
        assert gate("accept", "rls-disabled", place, "--reason", 'it\'s "so"', "--owner", "anna", root=project) == 0

    text = (project / "pyproject.toml").read_text()
    assert text.startswith(PROJECT)
    assert text.count("[[tool.gate.waive]]") == 2
    assert [(waiver.place, waiver.reason) for waiver in load_config(project).waive] == [
        ("public.notes", 'it\'s "so"'),
        ("public.other", 'it\'s "so"'),
    ]
    assert gate("run", root=project) == 0


@pytest.mark.parametrize(
    "before",
    [
        "",
        "[tool.gate]\n",
        "[tool.ruff]\nline-length = 9\n[tool.gate.smoke]\nrehearse = false\n",
        "tool.gate.waive = []\n",
    ],
)
def test_accept_finds_its_place_in_any_file(tmp_path: Path, before: str) -> None:
    write(tmp_path, OPEN)
    (tmp_path / "pyproject.toml").write_text(before)

    assert gate("accept", "rls-disabled", "public.notes", "--reason", "x", "--owner", "anna", root=tmp_path) == 0
    assert [waiver.place for waiver in load_config(tmp_path).waive] == ["public.notes"]
    assert gate("audit", root=tmp_path) == 0


def test_a_project_without_python_gets_a_gate_toml(tmp_path: Path) -> None:
    write(tmp_path, OPEN)

    assert gate("accept", "rls-disabled", "public.notes", "--reason", "x", "--owner", "anna", root=tmp_path) == 0
    assert (tmp_path / "gate.toml").read_text().startswith("[[waive]]\n")
    assert gate("audit", root=tmp_path) == 0


def test_two_configurations_are_one_too_many(project: Path) -> None:
    (project / "gate.toml").write_text("")

    with pytest.raises(ConfigError, match=r"both gate\.toml and \[tool\.gate\]"):
        load_config(project)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("rls-disable", "public.notes"), "did you mean 'rls-disabled'"),
        (("rls-disabled", "public.note"), "it is found at: public.notes"),
        (("policy-always-true-read", "public.notes"), "it is found nowhere"),
        (("rls-disabled", "public.notes", "--until", "2020-01-01"), "must lie from today"),
        (("rls-disabled", "public.notes", "--from", "missing.json"), "cannot read missing.json"),
    ],
)
def test_what_cannot_be_accepted(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    assert gate("accept", *words, "--reason", "x", "--owner", "anna", root=project) == 2
    assert complaint in capsys.readouterr().err
    assert (project / "pyproject.toml").read_text() == PROJECT


@pytest.mark.parametrize("line", ["supabase/migrations/20260101_a.sql:1", "supabase/migrations/20260101_a.sql:1:1"])
def test_a_finding_is_accepted_by_the_line_that_the_report_shows(project: Path, line: str) -> None:
    assert gate("accept", "rls-disabled", line, "--reason", "for now", "--owner", "anna", root=project) == 0
    assert [waiver.place for waiver in load_config(project).waive] == ["public.notes"]


def test_what_is_accepted_already_is_not_written_twice(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waive(project, days=1)

    assert gate("accept", "rls-disabled", "public.notes", "--reason", "x", "--owner", "anna", root=project) == 2
    assert "accepted already" in capsys.readouterr().err


def test_a_report_serves_instead_of_a_run(project: Path) -> None:
    report(project)
    saved = ("--from", str(project / "gate.json"))

    assert gate("accept", "rls-disabled", "public.notes", "--reason", "x", "--owner", "a", *saved, root=project) == 0
    assert gate("run", root=project) == 0


def test_a_baseline_lets_only_new_findings_fail_and_only_shrinks(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, OPEN + OTHER)
    assert gate("baseline", root=project) == 0
    assert gate("run", root=project) == 0
    assert len(json.loads((project / FILE).read_text())["findings"]) == 2

    # A new finding fails, and writing the baseline again does not take it in.
    write(project, OPEN.replace("notes", "fresh"), "20260102_b.sql")
    assert gate("run", root=project) == 1
    capsys.readouterr()
    assert gate("baseline", root=project) == 0
    assert "0 mended findings taken out of gate-baseline.json, 2 left; 1 findings are new" in capsys.readouterr().out
    assert gate("run", root=project) == 1

    # A mended one is told, taken out, and fails when it comes back.
    mended = OPEN + OTHER + "alter table public.other enable row level security;\n"
    write(project, mended)
    assert "baseline-outdated" in rules_of(report(project))
    assert gate("baseline", root=project) == 0
    assert len(json.loads((project / FILE).read_text())["findings"]) == 1
    write(project, mended + "alter table public.other disable row level security;\n")
    assert "rls-disabled" in rules_of(report(project))


def test_a_baseline_knows_a_finding_whose_file_and_line_moved(project: Path) -> None:
    assert gate("baseline", root=project) == 0
    (project / "supabase/migrations/20260101_a.sql").unlink()
    write(project, "-- moved\n\n\n" + OPEN.replace(" (", "\n  ("), "20260103_renamed.sql")

    assert gate("run", root=project) == 0


def test_a_check_that_broke_takes_nothing_out(project: Path) -> None:
    assert gate("baseline", root=project) == 0
    before = (project / FILE).read_text()
    (project / "supabase/migrations/20260101_a.sql").unlink()

    assert gate("baseline", root=project) == 0
    assert (project / FILE).read_text() == before


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{"rule": 1}]}']
)
def test_a_broken_baseline_is_no_empty_one(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (project / FILE).write_text(text)

    assert gate("run", root=project) == 2
    assert "is not a baseline" in capsys.readouterr().err


def test_a_report_read_back_is_the_same_report(project: Path) -> None:
    waive(project, days=3)
    write(project, OTHER, "20260102_b.sql")
    held = report(project)

    assert as_json(read_report(project / "gate.json")) == held


@pytest.mark.parametrize("text", ["", "1", "{}", '{"version": 1}', '{"version": 9}', "[" * 100000])
def test_what_is_no_report_is_said_to_be_none(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (project / "gate.json").write_text(text)

    words = ("rls-disabled", "public.notes", "--reason", "x", "--owner", "a", "--from", str(project / "gate.json"))
    assert gate("accept", *words, root=project) == 2
    assert "report" in capsys.readouterr().err
